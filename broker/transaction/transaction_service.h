#pragma once
// Walks over the open half messages every transactionCheckInterval and asks the producers that have
// not ended theirs, by code 39 (TransactionalMessageCheckService, …CheckListener).
// Thread safety: Start and Stop from any thread; the walks run on the loop.

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <memory>

#include "broker/group/producer_table.h"
#include "broker/transaction/transaction_checker.h"

namespace rewindmq::broker {

class TransactionService : public std::enable_shared_from_this<TransactionService> {
 public:
  // All of them outlive the service's last run on the loop.
  TransactionService(asio::io_context& loop, store::MessageStore* store, OffsetTable* offsets,
                     ProducerTable* producers, const Clock* clock, CheckSettings settings,
                     int64_t interval_ms);

  void Start();
  void Stop();

 private:
  void Arm();
  void Run();
  void AskProducer(const HalfMessage& half) const;

  asio::io_context& loop_;
  asio::steady_timer timer_;
  OffsetTable* const offsets_;
  ProducerTable* const producers_;
  const CheckSettings settings_;
  const int64_t interval_ms_;
  TransactionChecker checker_;
  std::atomic<bool> stopped_{false};
};

}  // namespace rewindmq::broker
