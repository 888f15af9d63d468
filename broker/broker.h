#pragma once
// One broker: its components, handlers, ports and periodic work, started and stopped as a whole.
//
//   bytes -> Connection -> Dispatcher -> handler -> a component (store, offsets, …) -> answer
//
// Thread safety: Start and Stop from one thread.

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "broker/handlers/parts.h"
#include "broker/handlers/pull_handler.h"
#include "broker/handlers/reset_guide.h"
#include "broker/handlers/reset_handler.h"
#include "broker/metrics/endpoint.h"
#include "broker/registration.h"
#include "broker/schedule/delivery_loop.h"
#include "broker/transaction/transaction_service.h"
#include "common/remoting/client.h"
#include "common/remoting/dispatcher.h"
#include "common/remoting/io_threads.h"
#include "common/remoting/server.h"

namespace rewindmq::broker {

class Broker {
 public:
  // Opens the store and the metadata, recovers, listens, and announces itself. The error says what
  // stands in the way: a port in use, a locked or damaged store, a bad file.
  static Result<std::unique_ptr<Broker>> Start(BrokerOptions options);
  ~Broker();

  // What a broker with these options serves, read from the table of one that is opened on the
  // options' folder and never listens.
  static Result<std::vector<int32_t>> ServedCodes(BrokerOptions options);

  // Takes leave of the nameservers, stops serving, and writes everything to disk.
  Status Stop();

 private:
  explicit Broker(BrokerOptions options);

  // With the settings that were changed at run time laid over the options.
  static Result<std::unique_ptr<Broker>> Make(BrokerOptions options);
  Status OpenParts();
  Status AddBuiltInTopics();
  void AddHandlers();
  // What waits for its time, and who is told of what arrives.
  void AddDeliveries();
  void OnArrival(std::string_view topic, int32_t queue_id, int64_t max_offset, int64_t tags_code);
  Status Listen();
  Status ServeMetrics();
  MetricsReading ReadMetrics() const;
  // Drops silent clients and saves offsets, now and then; on the background loop.
  void ArmHousekeeping();
  void OnHousekeeping();
  // Reads the traffic counters once a second.
  void ArmSampling();
  void OnSettings(const BrokerOptions& changed);

  Parts parts_;
  // Timers and files, so that no fsync holds a connection up.
  remoting::IoThreads background_{1, "background"};
  remoting::IoThreads io_;
  remoting::Dispatcher dispatcher_;
  remoting::Client client_;
  remoting::Server server_;
  ResetGuide reset_guide_{&parts_};
  std::unique_ptr<PullHandler> pulls_;
  std::unique_ptr<ResetHandler> resets_;
  std::shared_ptr<Registration> registration_;
  std::shared_ptr<TransactionService> transactions_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::unique_ptr<DeliveryLoop> deliveries_;
  // On a thread of its own: a replay may have much to do at once, and delays are punctual.
  std::unique_ptr<DeliveryLoop> replaying_;
  size_t timer_line_ = 0;
  asio::steady_timer housekeeping_{background_.First()};
  asio::steady_timer sampling_{background_.First()};
  bool stopped_ = false;
};

}  // namespace rewindmq::broker
