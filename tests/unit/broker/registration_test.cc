#include "broker/registration.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "common/base/temporary_folder.h"
#include "common/protocol/lists.h"
#include "common/protocol/register_broker.h"
#include "common/remoting/server.h"

namespace rewindmq::broker {
namespace {

using protocol::Command;
using protocol::MakeResponse;
using remoting::Responder;
using std::chrono_literals::operator""s;

constexpr auto kDeadline = 10s;

// A nameserver that notes what it is told and answers as the test wants.
class FakeNameServer {
 public:
  explicit FakeNameServer(remoting::IoThreads* io) : server_(io, &dispatcher_, {}) {
    for (int32_t code :
         {protocol::kRegisterBroker, protocol::kUnregisterBroker, protocol::kQueryDataVersion}) {
      dispatcher_.Add(code, [this, code](const Command& request, const Responder& responder) {
        On(code, request, responder);
      });
    }
    port_ = *server_.Listen("127.0.0.1", 0);
    server_.Start();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  bool Wait(int32_t code, int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, [&] { return counts_[code] >= count; });
  }
  int Count(int32_t code) {
    std::lock_guard lock(mutex_);
    return counts_[code];
  }
  protocol::RegisterBrokerBody last() {
    std::lock_guard lock(mutex_);
    return last_;
  }
  void Hold() {
    std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void Release() {
    std::vector<Responder> held;
    {
      std::lock_guard lock(mutex_);
      holding_ = false;
      held.swap(held_);
    }
    for (const Responder& one : held) one.Ok();
  }

  void RefuseNext(int count) {
    std::lock_guard lock(mutex_);
    refusals_ = count;
  }

  std::string orders;             // the body of answers to registrations
  std::string changed = "false";  // the answer to 322

 private:
  void On(int32_t code, const Command& request, const Responder& responder) {
    bool hold = false;
    bool refuse = false;
    {
      std::lock_guard lock(mutex_);
      ++counts_[code];
      refuse = refusals_ > 0 && refusals_-- > 0;
      if (code == protocol::kRegisterBroker) {
        const std::string_view* compressed = request.fields.Find("compressed");
        last_ = *protocol::DecodeRegisterBrokerBody(request.body, request.version,
                                                    *compressed == "true");
        hold = holding_;
        if (hold) held_.push_back(responder);
      }
    }
    changed_.notify_all();
    if (hold) return;
    auto response = MakeResponse(refuse ? protocol::kSystemError : protocol::kSuccess);
    response.body = code == protocol::kRegisterBroker ? orders : "";
    if (code == protocol::kQueryDataVersion) response.With("changed", changed);
    responder.Send(response);
  }

  remoting::Dispatcher dispatcher_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int32_t, int> counts_;      // guarded by mutex_
  protocol::RegisterBrokerBody last_;  // guarded by mutex_
  bool holding_ = false;               // guarded by mutex_
  int refusals_ = 0;                   // guarded by mutex_
  std::vector<Responder> held_;        // guarded by mutex_
  uint16_t port_ = 0;
  remoting::Server server_;
};

class RegistrationTest : public testing::Test {
 protected:
  RegistrationTest() {
    parts_.options.broker_name = "b";
    parts_.options.advertised_ip = "127.0.0.1";
    parts_.topics = *TopicTable::Load(folder_.path() + "/topics.json", parts_.clock);
    Put("T");
    parts_.topics->OnChange([this] { registration_->RegisterSoon(); });
  }
  ~RegistrationTest() override {
    registration_->Stop();
    client_.Stop();
  }

  void Put(const std::string& topic) {
    protocol::TopicConfig config;
    config.topic_name = topic;
    ASSERT_TRUE(parts_.topics->Put(config).ok());
  }
  void Start(std::vector<std::string> name_servers) {
    parts_.options.name_servers = std::move(name_servers);
    registration_->Start();
  }

  TemporaryFolder folder_ = *TemporaryFolder::Make();
  Parts parts_;
  remoting::IoThreads io_{2};
  FakeNameServer first_{&io_};
  FakeNameServer second_{&io_};
  remoting::IoThreads background_{1};
  remoting::Client client_{&background_, nullptr};
  std::shared_ptr<Registration> registration_ =
      std::make_shared<Registration>(background_.First(), &parts_, &client_);
};

TEST_F(RegistrationTest, EveryNameserverIsToldAndADeadOneHoldsNobodyUp) {
  Start({first_.address(), "127.0.0.1:1", second_.address()});
  EXPECT_TRUE(first_.Wait(protocol::kRegisterBroker, 1));
  EXPECT_TRUE(second_.Wait(protocol::kRegisterBroker, 1));
  EXPECT_EQ(first_.last().topic_config_table.topics.count("T"), 1U);
  Put("New");
  EXPECT_TRUE(first_.Wait(protocol::kRegisterBroker, 2));
  EXPECT_EQ(first_.last().topic_config_table.topics.count("New"), 1U);
  registration_->Stop();
  EXPECT_EQ(first_.Count(protocol::kUnregisterBroker), 1);
  EXPECT_EQ(second_.Count(protocol::kUnregisterBroker), 1);
}

TEST_F(RegistrationTest, ChangesWhileOneIsUnderWayMakeOneMore) {
  first_.Hold();
  Start({first_.address()});
  ASSERT_TRUE(first_.Wait(protocol::kRegisterBroker, 1));
  for (int i = 0; i < 50; ++i) Put("T" + std::to_string(i));
  background_.Drain();
  EXPECT_EQ(first_.Count(protocol::kRegisterBroker), 1);
  first_.Release();
  ASSERT_TRUE(first_.Wait(protocol::kRegisterBroker, 2));
  background_.Drain();
  EXPECT_EQ(first_.Count(protocol::kRegisterBroker), 2);
  EXPECT_EQ(first_.last().topic_config_table.topics.size(), 51U);
}

// A turn is half a minute: a cluster whose servers start together must not wait for it.
TEST_F(RegistrationTest, WhoIsNotTakenTriesAgainSoon) {
  first_.RefuseNext(2);
  Start({first_.address()});
  EXPECT_TRUE(first_.Wait(protocol::kRegisterBroker, 3));
}

TEST_F(RegistrationTest, TheCompressedFormIsSentOnRequest) {
  parts_.options.compressed_register = true;
  Start({first_.address()});
  ASSERT_TRUE(first_.Wait(protocol::kRegisterBroker, 1));
  EXPECT_EQ(first_.last().topic_config_table.topics, parts_.topics->Snapshot().topics);
}

TEST_F(RegistrationTest, WithoutForceOnlyChangesAreRegisteredAtATurn) {
  parts_.options.force_register = false;
  parts_.options.register_period_ms = 20;
  Start({first_.address()});
  ASSERT_TRUE(first_.Wait(protocol::kQueryDataVersion, 3));
  EXPECT_EQ(first_.Count(protocol::kRegisterBroker), 1);
  second_.changed = "true";
  registration_->SetNameServers({second_.address()});
  EXPECT_TRUE(second_.Wait(protocol::kQueryDataVersion, 2));
  EXPECT_TRUE(second_.Wait(protocol::kRegisterBroker, 3));
}

TEST_F(RegistrationTest, TopicsOfTheOrderConfigurationBecomeOrdered) {
  first_.orders = protocol::EncodeKvTable({{"T", "b:4"}, {"Missing", "b:4"}});
  Start({first_.address()});
  // The change of the topic is itself registered.
  ASSERT_TRUE(first_.Wait(protocol::kRegisterBroker, 2));
  EXPECT_TRUE(parts_.topics->Find("T")->order);
  EXPECT_FALSE(parts_.topics->Find("Missing").has_value());
}

TEST_F(RegistrationTest, TheListOfNameserversMayChange) {
  Start({first_.address()});
  ASSERT_TRUE(first_.Wait(protocol::kRegisterBroker, 1));
  registration_->SetNameServers({second_.address()});
  EXPECT_TRUE(second_.Wait(protocol::kRegisterBroker, 1));
  EXPECT_TRUE(first_.Wait(protocol::kUnregisterBroker, 1));
  Put("New");
  EXPECT_TRUE(second_.Wait(protocol::kRegisterBroker, 2));
  EXPECT_EQ(first_.Count(protocol::kRegisterBroker), 1);
}

}  // namespace
}  // namespace rewindmq::broker
