// Measures the message store beside the limits of the machine: `hack/bench store`. Nothing is
// asserted; a figure is printed with the goal it is held against.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "broker/store/message_store.h"
#include "common/base/crc32.h"
#include "common/base/file.h"
#include "common/base/log.h"

namespace {

using rewindmq::FileDescriptor;
using rewindmq::store::Boundary;
using rewindmq::store::MessageStore;
using rewindmq::store::MessageToPut;
using rewindmq::store::StoreOptions;
using SteadyClock = std::chrono::steady_clock;

constexpr int64_t kGib = int64_t{1} << 30;
constexpr size_t kBodyBytes = 1024;

double Seconds(SteadyClock::time_point since) {
  return std::chrono::duration<double>(SteadyClock::now() - since).count();
}

double ThreadCpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void Show(const char* what, double value, const char* unit, const std::string& beside) {
  std::printf("%-58s %12.1f %-8s %s\n", what, value, unit, beside.c_str());
  std::fflush(stdout);
}

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "store_bench: %s\n", why.c_str());
  std::exit(1);
}

std::unique_ptr<MessageStore> Open(StoreOptions options) {
  auto opened = MessageStore::Open(std::move(options));
  if (!opened.ok()) Fail(opened.status().ToString());
  return std::move(opened).value();
}

StoreOptions OptionsIn(const std::string& folder) {
  StoreOptions options;
  options.root_directory = folder;
  return options;
}

MessageToPut Message(std::string_view topic, int32_t queue_id, std::string_view body) {
  MessageToPut message;
  message.topic = topic;
  message.queue_id = queue_id;
  message.body = body;
  message.properties =
      "UNIQ_KEY\x01"
      "7F00000100002A9F0000000000000001\x02"
      "WAIT\x01true\x02";
  return message;
}

void MustPut(MessageStore* store, const MessageToPut& message) {
  auto put = store->Put(message);
  if (!put.ok()) Fail(put.error);
}

// --- limits of the machine

double MemcpyNs() {
  constexpr size_t kRing = 256U << 20;
  std::vector<char> ring(kRing, 1);
  std::string source(kBodyBytes, 'x');
  constexpr int kRounds = 4;
  auto begin = SteadyClock::now();
  for (int round = 0; round < kRounds; ++round) {
    for (size_t at = 0; at + kBodyBytes <= kRing; at += kBodyBytes) {
      std::memcpy(ring.data() + at, source.data(), kBodyBytes);
    }
  }
  return Seconds(begin) * 1e9 / (kRounds * static_cast<double>(kRing / kBodyBytes));
}

double CrcNs() {
  std::string source(kBodyBytes, 'x');
  constexpr int kTimes = 1'000'000;
  uint32_t sum = 0;
  auto begin = SteadyClock::now();
  for (int i = 0; i < kTimes; ++i) {
    source[0] = static_cast<char>(i);
    sum += rewindmq::Crc32(source);
  }
  double ns = Seconds(begin) * 1e9 / kTimes;
  return sum == 0 ? ns + 0.001 : ns;  // so that the sum is needed
}

double SyncsPerSecond(const std::string& folder) {
  std::string path = folder + "/fdatasync";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  std::vector<char> page(4096, 'x');
  constexpr int kPages = 256;
  for (int i = 0; i < kPages; ++i) {
    if (::pwrite(file.get(), page.data(), page.size(), i * 4096L) != 4096) Fail("write " + path);
  }
  ::fsync(file.get());
  auto begin = SteadyClock::now();
  int syncs = 0;
  while (Seconds(begin) < 2) {
    if (::pwrite(file.get(), page.data(), page.size(), (syncs % kPages) * 4096L) != 4096 ||
        ::fdatasync(file.get()) != 0) {
      Fail("sync " + path);
    }
    ++syncs;
  }
  return syncs / Seconds(begin);
}

// --- the store

void Appends(const std::string& folder, double memcpy_ns, double crc_ns) {
  constexpr int kMessages = 200'000;
  StoreOptions options = OptionsIn(folder);
  options.prepare_ahead_bytes = 512 << 20;
  auto store = Open(options);
  std::string body(kBodyBytes, 'x');
  constexpr int kQueues = 8;
  for (int i = 0; i < 64; ++i) MustPut(store.get(), Message("Bench", i % kQueues, body));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // the window is being touched
  std::vector<MessageToPut> messages;
  for (int i = 0; i < kQueues; ++i) messages.push_back(Message("Bench", i, body));
  auto begin = SteadyClock::now();
  double cpu = ThreadCpuSeconds();
  for (int i = 0; i < kMessages; ++i)
    MustPut(store.get(), messages[static_cast<size_t>(i % kQueues)]);
  cpu = ThreadCpuSeconds() - cpu;
  double wall = Seconds(begin);
  char beside[128];
  std::snprintf(beside, sizeof beside, "goal >= 1000000; memcpy alone %.0f/s, CRC %.0f ns",
                1e9 / memcpy_ns, crc_ns);
  Show("append 1 KiB, async, pre-touched: per second of CPU", kMessages / cpu, "/s", beside);
  Show("the same by the wall clock", kMessages / wall, "/s", "one thread, flusher beside it");
  if (!store->Close().ok()) Fail("close");
}

double DurablePerSecond(MessageStore* store, int waiters) {
  constexpr double kSeconds = 3;
  std::atomic<int64_t> done{0};
  std::vector<std::thread> threads;
  auto begin = SteadyClock::now();
  for (int i = 0; i < waiters; ++i) {
    threads.emplace_back([&, i] {
      std::string body(kBodyBytes, 'x');
      while (Seconds(begin) < kSeconds) {
        auto put = store->Put(Message("Sync", i % 8, body));
        std::promise<bool> durable;
        store->WhenDurable(put.end_offset, [&](bool in_time) { durable.set_value(in_time); });
        if (durable.get_future().get()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(done) / Seconds(begin);
}

void GroupCommit(const std::string& folder, double syncs) {
  auto store = Open(OptionsIn(folder));
  double one = DurablePerSecond(store.get(), 1);
  double many = DurablePerSecond(store.get(), 64);
  char beside[128];
  std::snprintf(beside, sizeof beside, "fdatasync alone %.0f/s", syncs);
  Show("SYNC_FLUSH, 1 waiter", one, "/s", beside);
  Show("SYNC_FLUSH, 64 waiters", many, "/s", "");
  Show("64 waiters over one", many / one, "times", "goal >= 25");
  if (!store->Close().ok()) Fail("close");
}

// A clock that a thousand messages share a millisecond of, so that times repeat.
class CountingClock final : public rewindmq::Clock {
 public:
  int64_t WallMs() const override { return 1'700'000'000'000 + ++calls_ / 1000; }
  int64_t SteadyMs() const override { return rewindmq::SystemClock().SteadyMs(); }

 private:
  mutable std::atomic<int64_t> calls_{0};
};

void SearchByTime(const std::string& folder) {
  constexpr int64_t kEntries = 10'000'000;
  CountingClock clock;
  StoreOptions options = OptionsIn(folder);
  options.clock = &clock;
  auto store = Open(options);
  MessageToPut message = Message("Times", 0, "12345678");
  message.properties = {};
  auto begin = SteadyClock::now();
  for (int64_t i = 0; i < kEntries; ++i) MustPut(store.get(), message);
  Show("10,000,000 small messages stored", Seconds(begin), "s", "");
  int64_t first = *store->StoreTimestampAt("Times", 0, 0);
  int64_t last = *store->StoreTimestampAt("Times", 0, kEntries - 1);
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int64_t> any(first, last);
  constexpr int kSearches = 20'000;
  for (int round = 0; round < 2; ++round) {  // the first round warms
    begin = SteadyClock::now();
    for (int i = 0; i < kSearches; ++i) {
      if (store->OffsetByTime("Times", 0, any(random), Boundary::kLower) < 0) Fail("search");
    }
  }
  Show("by-time search over 10,000,000 entries, warm", Seconds(begin) * 1e6 / kSearches, "us",
       "goal <= 20; 24 steps, each a cache miss in queue and log");
  if (!store->Close().ok()) Fail("close");
}

int64_t AnonymousBytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  return 0;
}

void MemoryPerQueue(const std::string& folder) {
  constexpr int kTopics = 500;
  constexpr int kQueues = 4;
  auto store = Open(OptionsIn(folder));
  MustPut(store.get(), Message("warm", 0, "x"));
  int64_t before = AnonymousBytes();
  for (int topic = 0; topic < kTopics; ++topic) {
    std::string name = "Topic" + std::to_string(topic);
    for (int queue = 0; queue < kQueues; ++queue) {
      MustPut(store.get(), Message(name, queue, "x"));
    }
  }
  double each = static_cast<double>(AnonymousBytes() - before) / (kTopics * kQueues);
  Show("anonymous memory a topic queue, 2,000 queues", each, "bytes", "goal <= 4096");
  if (!store->Close().ok()) Fail("close");
}

void Recovery(const std::string& folder) {
  pid_t child = ::fork();
  if (child == 0) {
    auto store = Open(OptionsIn(folder));
    std::string body(kBodyBytes, 'x');
    MessageToPut message = Message("Tail", 0, body);
    while (store->MaxPhysicalOffset() < kGib - (4 << 20)) MustPut(store.get(), message);
    ::_exit(0);  // as a kill: nothing is closed
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) Fail("the writing process failed");
  auto store = Open(OptionsIn(folder));
  auto recovery = store->Stats().recovery;
  double gib = static_cast<double>(recovery.scanned_bytes) / static_cast<double>(kGib);
  Show("recovery after a kill", static_cast<double>(recovery.duration_ms) / gib, "ms/GiB",
       "goal < 1000; scanned " + std::to_string(recovery.scanned_bytes >> 20) + " MiB, " +
           std::to_string(recovery.records) + " records");
  if (!store->Close().ok()) Fail("close");
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  std::string pattern = std::string(argc > 1 ? argv[1] : "/tmp") + "/store_bench_XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) Fail("no folder can be made at " + pattern);
  const std::string folder = pattern;
  double memcpy_ns = MemcpyNs();
  double crc_ns = CrcNs();
  double syncs = SyncsPerSecond(folder);
  Show("memcpy of 1 KiB into a 256 MiB ring", memcpy_ns, "ns", "limit of this machine");
  Show("CRC-32 of 1 KiB", crc_ns, "ns", "limit of this machine");
  Show("fdatasync of a written 4 KiB page", syncs, "/s", "limit of this machine");
  Recovery(folder + "/recovery");
  Appends(folder + "/append", memcpy_ns, crc_ns);
  GroupCommit(folder + "/sync", syncs);
  MemoryPerQueue(folder + "/queues");
  std::filesystem::remove_all(folder + "/queues");
  SearchByTime(folder + "/times");
  std::filesystem::remove_all(folder);
  return 0;
}
