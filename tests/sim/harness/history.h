#pragma once
// What the test put into the store: a plain list for each queue, which the store must agree with
// after every crash. Thread safety: none.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/store/message_store.h"
#include "tests/sim/disk/random.h"

namespace rewindmq::sim {

struct Sent {
  std::string body;
  std::string tag;
  std::string key;
  int64_t physical_offset = 0;
  int64_t end_offset = 0;  // of its put: a batch is acknowledged as a whole
  int64_t store_timestamp_ms = 0;
};

using QueueName = std::pair<std::string, int32_t>;

class History {
 public:
  using Queue = std::vector<Sent>;  // by queue offset

  // Properties as a producer sends them.
  static std::string PropertiesOf(const Sent& sent);

  std::map<QueueName, Queue>& queues() { return queues_; }
  const std::map<QueueName, Queue>& queues() const { return queues_; }
  void Forget(const std::string& topic);
  int64_t size() const;

 private:
  std::map<QueueName, Queue> queues_;
};

// Reads the whole queue in pieces of random sizes. What is served must be what was sent, each
// offset at most once and in order; gives the offsets that were served.
std::vector<int64_t> ReadQueue(const store::MessageStore& store, const QueueName& name,
                               const History::Queue& sent, Random* random);

// P1 to P3: all that was acknowledged (its end is not behind safe_end) is served, and each queue is
// a prefix of what was sent, cut where the log was cut. Takes what is gone out of the history.
void ExpectPrefixOf(const store::MessageStore& store, int64_t safe_end, History* history,
                    Random* random);

// Everything is served, and nothing else.
void ExpectAllOf(const store::MessageStore& store, const History& history, Random* random);

// P4 and P5: what is not served is accounted for by a reported damage. A message that starts
// behind `unvouched_from` may be gone without a report when the log was cut in front of it, as
// nothing tells it from a torn tail. What lies in front of the log's first segment has expired.
// Gives the number of messages that are not served.
int64_t ExpectDamageReported(const store::MessageStore& store, const History& history,
                             int64_t unvouched_from, Random* random);

}  // namespace rewindmq::sim
