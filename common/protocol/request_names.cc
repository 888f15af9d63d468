#include "common/protocol/request_names.h"

#include <algorithm>
#include <array>

namespace rewindmq::protocol {
namespace {

constexpr RequestName kNames[] = {
    {10, "SEND_MESSAGE", Asked::kBroker},
    {11, "PULL_MESSAGE", Asked::kBroker},
    {12, "QUERY_MESSAGE", Asked::kBroker},
    {13, "QUERY_BROKER_OFFSET", Asked::kNobody},
    {14, "QUERY_CONSUMER_OFFSET", Asked::kBroker},
    {15, "UPDATE_CONSUMER_OFFSET", Asked::kBroker},
    {17, "UPDATE_AND_CREATE_TOPIC", Asked::kBroker},
    {18, "UPDATE_AND_CREATE_TOPIC_LIST", Asked::kBroker},
    {21, "GET_ALL_TOPIC_CONFIG", Asked::kBroker},
    {22, "GET_TOPIC_CONFIG_LIST", Asked::kNobody},
    {23, "GET_TOPIC_NAME_LIST", Asked::kNobody},
    {25, "UPDATE_BROKER_CONFIG", Asked::kBroker},
    {26, "GET_BROKER_CONFIG", Asked::kBroker},
    {27, "TRIGGER_DELETE_FILES", Asked::kNobody},
    {28, "GET_BROKER_RUNTIME_INFO", Asked::kBroker},
    {29, "SEARCH_OFFSET_BY_TIMESTAMP", Asked::kBroker},
    {30, "GET_MAX_OFFSET", Asked::kBroker},
    {31, "GET_MIN_OFFSET", Asked::kBroker},
    {32, "GET_EARLIEST_MSG_STORETIME", Asked::kBroker},
    {33, "VIEW_MESSAGE_BY_ID", Asked::kBroker},
    {34, "HEART_BEAT", Asked::kBroker},
    {35, "UNREGISTER_CLIENT", Asked::kBroker},
    {36, "CONSUMER_SEND_MSG_BACK", Asked::kBroker},
    {37, "END_TRANSACTION", Asked::kBroker},
    {38, "GET_CONSUMER_LIST_BY_GROUP", Asked::kBroker},
    {39, "CHECK_TRANSACTION_STATE", Asked::kClient},
    {40, "NOTIFY_CONSUMER_IDS_CHANGED", Asked::kClient},
    {41, "LOCK_BATCH_MQ", Asked::kBroker},
    {42, "UNLOCK_BATCH_MQ", Asked::kBroker},
    {43, "GET_ALL_CONSUMER_OFFSET", Asked::kBroker},
    {45, "GET_ALL_DELAY_OFFSET", Asked::kBroker},
    {46, "CHECK_CLIENT_CONFIG", Asked::kBroker},
    {47, "GET_CLIENT_CONFIG", Asked::kNobody},
    {50, "UPDATE_AND_CREATE_ACL_CONFIG", Asked::kBroker},
    {51, "DELETE_ACL_CONFIG", Asked::kBroker},
    {52, "GET_BROKER_CLUSTER_ACL_INFO", Asked::kBroker},
    {53, "UPDATE_GLOBAL_WHITE_ADDRS_CONFIG", Asked::kBroker},
    {54, "GET_BROKER_CLUSTER_ACL_CONFIG", Asked::kBroker},
    {60, "GET_TIMER_CHECK_POINT", Asked::kBroker},
    {61, "GET_TIMER_METRICS", Asked::kBroker},
    {100, "PUT_KV_CONFIG", Asked::kNameserver},
    {101, "GET_KV_CONFIG", Asked::kNameserver},
    {102, "DELETE_KV_CONFIG", Asked::kNameserver},
    {103, "REGISTER_BROKER", Asked::kNameserver},
    {104, "UNREGISTER_BROKER", Asked::kNameserver},
    {105, "GET_ROUTEINFO_BY_TOPIC", Asked::kNameserver},
    {106, "GET_BROKER_CLUSTER_INFO", Asked::kNameserver},
    {200, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP", Asked::kBroker},
    {201, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG", Asked::kBroker},
    {202, "GET_TOPIC_STATS_INFO", Asked::kBroker},
    {203, "GET_CONSUMER_CONNECTION_LIST", Asked::kBroker},
    {204, "GET_PRODUCER_CONNECTION_LIST", Asked::kBroker},
    {205, "WIPE_WRITE_PERM_OF_BROKER", Asked::kNameserver},
    {206, "GET_ALL_TOPIC_LIST_FROM_NAMESERVER", Asked::kNameserver},
    {207, "DELETE_SUBSCRIPTIONGROUP", Asked::kBroker},
    {208, "GET_CONSUME_STATS", Asked::kBroker},
    {209, "SUSPEND_CONSUMER", Asked::kNobody},
    {210, "RESUME_CONSUMER", Asked::kNobody},
    {211, "RESET_CONSUMER_OFFSET_IN_CONSUMER", Asked::kNobody},
    {212, "RESET_CONSUMER_OFFSET_IN_BROKER", Asked::kNobody},
    {213, "ADJUST_CONSUMER_THREAD_POOL", Asked::kNobody},
    {214, "WHO_CONSUME_THE_MESSAGE", Asked::kNobody},
    {215, "DELETE_TOPIC_IN_BROKER", Asked::kBroker},
    {216, "DELETE_TOPIC_IN_NAMESRV", Asked::kNameserver},
    {217, "REGISTER_TOPIC_IN_NAMESRV", Asked::kNameserver},
    {219, "GET_KVLIST_BY_NAMESPACE", Asked::kNameserver},
    {220, "RESET_CONSUMER_CLIENT_OFFSET", Asked::kClient},
    {221, "GET_CONSUMER_STATUS_FROM_CLIENT", Asked::kClient},
    {222, "INVOKE_BROKER_TO_RESET_OFFSET", Asked::kBroker},
    {223, "INVOKE_BROKER_TO_GET_CONSUMER_STATUS", Asked::kBroker},
    {224, "GET_TOPICS_BY_CLUSTER", Asked::kNameserver},
    {225, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST", Asked::kBroker},
    {300, "QUERY_TOPIC_CONSUME_BY_WHO", Asked::kBroker},
    {301, "REGISTER_FILTER_SERVER", Asked::kBroker},
    {302, "REGISTER_MESSAGE_FILTER_CLASS", Asked::kNobody},
    {303, "QUERY_CONSUME_TIME_SPAN", Asked::kBroker},
    {304, "GET_SYSTEM_TOPIC_LIST_FROM_NS", Asked::kNameserver},
    {305, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER", Asked::kBroker},
    {306, "CLEAN_EXPIRED_CONSUMEQUEUE", Asked::kBroker},
    {307, "GET_CONSUMER_RUNNING_INFO", Asked::kBroker},
    {308, "QUERY_CORRECTION_OFFSET", Asked::kBroker},
    {309, "CONSUME_MESSAGE_DIRECTLY", Asked::kBroker},
    {310, "SEND_MESSAGE_V2", Asked::kBroker},
    {311, "GET_UNIT_TOPIC_LIST", Asked::kNameserver},
    {312, "GET_HAS_UNIT_SUB_TOPIC_LIST", Asked::kNameserver},
    {313, "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST", Asked::kNameserver},
    {314, "CLONE_GROUP_OFFSET", Asked::kBroker},
    {315, "VIEW_BROKER_STATS_DATA", Asked::kBroker},
    {316, "CLEAN_UNUSED_TOPIC", Asked::kBroker},
    {317, "GET_BROKER_CONSUME_STATS", Asked::kBroker},
    {318, "UPDATE_NAMESRV_CONFIG", Asked::kNameserver},
    {319, "GET_NAMESRV_CONFIG", Asked::kNameserver},
    {320, "SEND_BATCH_MESSAGE", Asked::kBroker},
    {321, "QUERY_CONSUME_QUEUE", Asked::kBroker},
    {322, "QUERY_DATA_VERSION", Asked::kNameserver},
    {323, "RESUME_CHECK_HALF_MESSAGE", Asked::kBroker},
    {324, "SEND_REPLY_MESSAGE", Asked::kBroker},
    {325, "SEND_REPLY_MESSAGE_V2", Asked::kBroker},
    {326, "PUSH_REPLY_MESSAGE_TO_CLIENT", Asked::kClient},
    {327, "ADD_WRITE_PERM_OF_BROKER", Asked::kNameserver},
    {328, "GET_ALL_PRODUCER_INFO", Asked::kBroker},
    {329, "DELETE_EXPIRED_COMMITLOG", Asked::kBroker},
    {343, "QUERY_TOPICS_BY_CONSUMER", Asked::kBroker},
    {345, "QUERY_SUBSCRIPTION_BY_CONSUMER", Asked::kBroker},
    {351, "GET_TOPIC_CONFIG", Asked::kBroker},
    {352, "GET_SUBSCRIPTIONGROUP_CONFIG", Asked::kBroker},
    {353, "UPDATE_AND_GET_GROUP_FORBIDDEN", Asked::kBroker},
    {354, "CHECK_ROCKSDB_CQ_WRITE_PROGRESS", Asked::kBroker},
    {355, "EXPORT_ROCKSDB_CONFIG_TO_JSON", Asked::kBroker},
    {361, "LITE_PULL_MESSAGE", Asked::kBroker},
    {370, "RECALL_MESSAGE", Asked::kBroker},
    {400, "QUERY_ASSIGNMENT", Asked::kBroker},
    {401, "SET_MESSAGE_REQUEST_MODE", Asked::kBroker},
    {402, "GET_ALL_MESSAGE_REQUEST_MODE", Asked::kBroker},
    {513, "UPDATE_AND_CREATE_STATIC_TOPIC", Asked::kBroker},
    {901, "GET_BROKER_MEMBER_GROUP", Asked::kNameserver},
    {902, "ADD_BROKER", Asked::kBroker},
    {903, "REMOVE_BROKER", Asked::kBroker},
    {904, "BROKER_HEARTBEAT", Asked::kNameserver},
    {905, "NOTIFY_MIN_BROKER_ID_CHANGE", Asked::kClient},
    {906, "EXCHANGE_BROKER_HA_INFO", Asked::kBroker},
    {907, "GET_BROKER_HA_STATUS", Asked::kBroker},
    {908, "RESET_MASTER_FLUSH_OFFSET", Asked::kBroker},
    {1001, "CONTROLLER_ALTER_SYNC_STATE_SET", Asked::kController},
    {1002, "CONTROLLER_ELECT_MASTER", Asked::kController},
    {1003, "CONTROLLER_REGISTER_BROKER", Asked::kController},
    {1004, "CONTROLLER_GET_REPLICA_INFO", Asked::kController},
    {1005, "CONTROLLER_GET_METADATA_INFO", Asked::kController},
    {1006, "CONTROLLER_GET_SYNC_STATE_DATA", Asked::kController},
    {1007, "GET_BROKER_EPOCH_CACHE", Asked::kBroker},
    {1008, "NOTIFY_BROKER_ROLE_CHANGED", Asked::kBroker},
    {1009, "UPDATE_CONTROLLER_CONFIG", Asked::kController},
    {1010, "GET_CONTROLLER_CONFIG", Asked::kController},
    {1011, "CLEAN_BROKER_DATA", Asked::kController},
    {1012, "CONTROLLER_GET_NEXT_BROKER_ID", Asked::kController},
    {1013, "CONTROLLER_APPLY_BROKER_ID", Asked::kController},
    {2001, "UPDATE_COLD_DATA_FLOW_CTR_CONFIG", Asked::kBroker},
    {2002, "REMOVE_COLD_DATA_FLOW_CTR_CONFIG", Asked::kBroker},
    {2003, "GET_COLD_DATA_FLOW_CTR_INFO", Asked::kBroker},
    {2004, "SET_COMMITLOG_READ_MODE", Asked::kBroker},
    {3001, "AUTH_CREATE_USER", Asked::kBroker},
    {3002, "AUTH_UPDATE_USER", Asked::kBroker},
    {3003, "AUTH_DELETE_USER", Asked::kBroker},
    {3004, "AUTH_GET_USER", Asked::kBroker},
    {3005, "AUTH_LIST_USER", Asked::kBroker},
    {3006, "AUTH_CREATE_ACL", Asked::kBroker},
    {3007, "AUTH_UPDATE_ACL", Asked::kBroker},
    {3008, "AUTH_DELETE_ACL", Asked::kBroker},
    {3009, "AUTH_GET_ACL", Asked::kBroker},
    {3010, "AUTH_LIST_ACL", Asked::kBroker},
    {5001, "SWITCH_TIMER_ENGINE", Asked::kBroker},
    // RewindMQ's own.
    {30001, "RESET_TO_OFFSETS", Asked::kBroker},
    {30002, "START_REPLAY", Asked::kBroker},
    {30003, "STEER_REPLAY", Asked::kBroker},
    {30004, "GET_REPLAYS", Asked::kBroker},
    {200050, "POP_MESSAGE", Asked::kBroker},
    {200051, "ACK_MESSAGE", Asked::kBroker},
    {200052, "PEEK_MESSAGE", Asked::kBroker},
    {200053, "CHANGE_MESSAGE_INVISIBLETIME", Asked::kBroker},
    {200054, "NOTIFICATION", Asked::kBroker},
    {200055, "POLLING_INFO", Asked::kBroker},
    {200056, "POP_ROLLBACK", Asked::kBroker},
    {200070, "POP_LITE_MESSAGE", Asked::kBroker},
    {200071, "LITE_SUBSCRIPTION_CTL", Asked::kBroker},
    {200072, "ACK_LITE_MESSAGE", Asked::kBroker},
    {200073, "NOTIFY_UNSUBSCRIBE_LITE", Asked::kClient},
    {200074, "GET_BROKER_LITE_INFO", Asked::kBroker},
    {200075, "GET_PARENT_TOPIC_INFO", Asked::kBroker},
    {200076, "GET_LITE_TOPIC_INFO", Asked::kBroker},
    {200077, "GET_LITE_CLIENT_INFO", Asked::kBroker},
    {200078, "GET_LITE_GROUP_INFO", Asked::kBroker},
    {200079, "TRIGGER_LITE_DISPATCH", Asked::kBroker},
    {200151, "BATCH_ACK_MESSAGE", Asked::kBroker},
};

static_assert(std::is_sorted(std::begin(kNames), std::end(kNames),
                             [](const auto& a, const auto& b) { return a.code < b.code; }),
              "RequestNameOf searches by halves");

std::string_view ReasonByAddressee(Asked asked) {
  switch (asked) {
    case Asked::kBroker:
      return "is asked of brokers";
    case Asked::kNameserver:
      return "is asked of nameservers";
    case Asked::kController:
      return "is asked of controllers, which elect masters; there are none here";
    case Asked::kClient:
      return "is what servers ask others; nobody asks it of a server of this kind";
    case Asked::kNobody:
      return "has a number in RocketMQ and no server that answers it";
  }
  return {};
}

}  // namespace

std::span<const RequestName> AllRequestNames() { return kNames; }

std::string_view RequestNameOf(int32_t code) {
  const auto* found =
      std::lower_bound(std::begin(kNames), std::end(kNames), code,
                       [](const RequestName& one, int32_t wanted) { return one.code < wanted; });
  return found != std::end(kNames) && found->code == code ? found->name : std::string_view();
}

std::string ListRequests(Asked server, std::span<const int32_t> served,
                         std::span<const Unserved> reasons) {
  std::string text;
  for (const RequestName& request : kNames) {
    std::string_view answer = ReasonByAddressee(request.asked);
    if (request.asked == server) answer = {};
    for (const Unserved& one : reasons) {
      if (one.code == request.code) answer = one.reason;
    }
    bool is_served = std::find(served.begin(), served.end(), request.code) != served.end();
    text += std::to_string(request.code) + "\t" + std::string(request.name) + "\t";
    text += (is_served ? "served" : std::string(answer)) + "\n";
  }
  for (int32_t code : served) {
    if (RequestNameOf(code).empty()) text += std::to_string(code) + "\t\tserved\n";
  }
  return text;
}

}  // namespace rewindmq::protocol
