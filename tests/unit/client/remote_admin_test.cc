// RemoteAdmin against servers on loopback that answer what a test tells them to.

#include "client/remote_admin.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "common/protocol/codes.h"
#include "common/remoting/server.h"

namespace rewindmq::client {
namespace {

using protocol::Command;
using protocol::MakeResponse;
using protocol::Outgoing;
using remoting::Responder;

constexpr int32_t kTimeoutMs = 5000;

// One server: answers by code, and remembers the fields of the last request of each code.
class FakeServer {
 public:
  explicit FakeServer(remoting::IoThreads* io) : server_(io, &dispatcher_, {}) {
    address_ = "127.0.0.1:" + std::to_string(*server_.Listen("127.0.0.1", 0));
  }
  void Answer(int32_t code, const Outgoing& answer) {
    dispatcher_.Add(code, [this, code, answer](const Command& request, const Responder& responder) {
      std::lock_guard lock(mutex_);
      language_ = request.language;
      auto& fields = seen_[code];
      fields.clear();
      for (const auto& field : request.fields) fields[std::string(field.name)] = field.value;
      responder.Send(answer);
    });
  }
  void Start() { server_.Start(); }
  const std::string& address() const { return address_; }
  std::map<std::string, std::string> Seen(int32_t code) {
    std::lock_guard lock(mutex_);
    return seen_[code];
  }
  protocol::Language language() {
    std::lock_guard lock(mutex_);
    return language_;
  }

 private:
  remoting::Dispatcher dispatcher_;
  remoting::Server server_;
  std::string address_;
  std::mutex mutex_;
  std::map<int32_t, std::map<std::string, std::string>> seen_;
  protocol::Language language_ = protocol::Language::kJava;
};

Outgoing WithBody(std::string body) {
  Outgoing answer = MakeResponse(protocol::kSuccess);
  answer.body = std::move(body);
  return answer;
}

std::string RouteBody(const std::string& broker) {
  protocol::TopicRouteData route;
  route.queue_datas.push_back({broker, 4, 4, 6, 0});
  route.broker_datas.push_back({"c", broker, {{0, broker + ":10911"}}});
  return protocol::EncodeTopicRouteData(route, true);
}

class RemoteAdminTest : public testing::Test {
 protected:
  RemoteAdmin Admin(std::vector<std::string> name_servers) {
    return {&connections_, std::move(name_servers), kTimeoutMs};
  }

  remoting::IoThreads io_{2};
  FakeServer first_{&io_};
  FakeServer second_{&io_};
  remoting::Client connections_{&io_, nullptr};
};

TEST_F(RemoteAdminTest, NameserversAreAskedInTurn) {
  first_.Answer(protocol::kGetRouteInfoByTopic,
                MakeResponse(protocol::kTopicNotExist, "No topic route info"));
  second_.Answer(protocol::kGetRouteInfoByTopic, WithBody(RouteBody("b")));
  first_.Start();
  second_.Start();
  RemoteAdmin admin = Admin({"127.0.0.1:1", first_.address(), second_.address()});
  auto route = admin.Route("orders");
  ASSERT_TRUE(route.ok()) << route.status().ToString();
  EXPECT_EQ(route->broker_datas[0].MasterAddress(), "b:10911");
  RemoteAdmin unknowing = Admin({"127.0.0.1:1", first_.address()});
  EXPECT_EQ(unknowing.Route("orders").status().code(), ErrorCode::kNotFound);
  Status nobody = Admin({"127.0.0.1:1"}).Route("orders").status();
  EXPECT_EQ(nobody.code(), ErrorCode::kUnavailable);
  EXPECT_NE(nobody.message().find("127.0.0.1:1"), std::string::npos);
}

TEST_F(RemoteAdminTest, ResetSendsMqadminsFields) {
  first_.Answer(protocol::kInvokeBrokerToResetOffset,
                WithBody(protocol::EncodeResetOffsetBody({{{"orders", "a", 1}, 7}})));
  first_.Start();
  RemoteAdmin admin = Admin({});
  EXPECT_EQ(admin.BrokerVersion(first_.address()), 0);
  ResetRequest request{"orders", "billing", 1234, false, -1, -1};
  auto offsets = admin.ResetOffset(first_.address(), request);
  ASSERT_TRUE(offsets.ok()) << offsets.status().ToString();
  EXPECT_EQ(offsets->at({"orders", "a", 1}), 7);
  std::map<std::string, std::string> expected = {
      {"topic", "orders"}, {"group", "billing"}, {"timestamp", "1234"}, {"isForce", "false"}};
  EXPECT_EQ(first_.Seen(protocol::kInvokeBrokerToResetOffset), expected);
  EXPECT_NE(first_.language(), protocol::Language::kCpp);
  EXPECT_EQ(admin.BrokerVersion(first_.address()), protocol::kOwnVersion);
  request.queue_id = 1;
  request.offset = 7;
  ASSERT_TRUE(admin.ResetOffset(first_.address(), request).ok());
  EXPECT_EQ(first_.Seen(protocol::kInvokeBrokerToResetOffset)["queueId"], "1");
  EXPECT_EQ(first_.Seen(protocol::kInvokeBrokerToResetOffset)["offset"], "7");
}

TEST_F(RemoteAdminTest, OffsetsAndTheirAbsence) {
  first_.Answer(protocol::kQueryConsumerOffset, MakeResponse(protocol::kQueryNotFound, "none"));
  first_.Answer(protocol::kGetMaxOffset, MakeResponse(0).With("offset", 42));
  first_.Answer(protocol::kGetMinOffset, MakeResponse(0).With("offset", "x"));
  first_.Answer(protocol::kUpdateConsumerOffset, MakeResponse(0));
  first_.Answer(protocol::kGetConsumerConnectionList,
                MakeResponse(protocol::kConsumerNotOnline, "nobody"));
  first_.Start();
  RemoteAdmin admin = Admin({});
  const std::string& address = first_.address();
  EXPECT_EQ(admin.QueryOffset(address, "g", "t", 3).status().code(), ErrorCode::kNotFound);
  EXPECT_EQ(first_.Seen(protocol::kQueryConsumerOffset)["setZeroIfNotFound"], "false");
  EXPECT_EQ(*admin.MaxOffset(address, "t", 0), 42);
  EXPECT_FALSE(admin.MinOffset(address, "t", 0).ok());
  EXPECT_TRUE(admin.UpdateOffset(address, "g", "t", 3, 99).ok());
  EXPECT_EQ(first_.Seen(protocol::kUpdateConsumerOffset)["commitOffset"], "99");
  Status offline = admin.ConsumerConnections(address, "g").status();
  EXPECT_EQ(offline.code(), ErrorCode::kRejected);
  EXPECT_EQ(offline.response_code(), protocol::kConsumerNotOnline);
  EXPECT_EQ(offline.message(), "nobody");
}

TEST_F(RemoteAdminTest, BrokenBodiesAreErrors) {
  first_.Answer(protocol::kGetRouteInfoByTopic, WithBody("{]"));
  first_.Answer(protocol::kGetTopicStatsInfo, WithBody("[1"));
  first_.Start();
  RemoteAdmin admin = Admin({first_.address()});
  EXPECT_FALSE(admin.Route("t").ok());
  EXPECT_FALSE(admin.TopicStats(first_.address(), "t").ok());
}

}  // namespace
}  // namespace rewindmq::client
