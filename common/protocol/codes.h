#pragma once
// Numbers of the RocketMQ remoting protocol: request and response codes, client languages and
// versions (RequestCode, ResponseCode, LanguageCode, MQVersion of Apache RocketMQ).

#include <cstdint>
#include <string_view>

namespace rewindmq::protocol {

enum RequestCode : int32_t {
  kSendMessage = 10,
  kPullMessage = 11,
  kQueryMessage = 12,
  kQueryConsumerOffset = 14,
  kUpdateConsumerOffset = 15,
  kUpdateAndCreateTopic = 17,
  kGetAllTopicConfig = 21,
  kUpdateBrokerConfig = 25,
  kGetBrokerConfig = 26,
  kGetBrokerRuntimeInfo = 28,
  kSearchOffsetByTimestamp = 29,
  kGetMaxOffset = 30,
  kGetMinOffset = 31,
  kGetEarliestMsgStoreTime = 32,
  kViewMessageById = 33,
  kHeartBeat = 34,
  kUnregisterClient = 35,
  kConsumerSendMsgBack = 36,
  kGetConsumerListByGroup = 38,
  kNotifyConsumerIdsChanged = 40,
  kLockBatchMq = 41,
  kUnlockBatchMq = 42,
  kCheckClientConfig = 46,
  kPutKvConfig = 100,
  kGetKvConfig = 101,
  kDeleteKvConfig = 102,
  kRegisterBroker = 103,
  kUnregisterBroker = 104,
  kGetRouteInfoByTopic = 105,
  kGetBrokerClusterInfo = 106,
  kUpdateAndCreateSubscriptionGroup = 200,
  kGetAllSubscriptionGroupConfig = 201,
  kGetTopicStatsInfo = 202,
  kGetConsumerConnectionList = 203,
  kGetProducerConnectionList = 204,
  kWipeWritePermOfBroker = 205,
  kGetAllTopicListFromNameserver = 206,
  kDeleteSubscriptionGroup = 207,
  kGetConsumeStats = 208,
  kDeleteTopicInBroker = 215,
  kDeleteTopicInNameserver = 216,
  kGetKvListByNamespace = 219,
  kResetConsumerClientOffset = 220,
  kInvokeBrokerToResetOffset = 222,
  kGetTopicsByCluster = 224,
  kQueryTopicConsumeByWho = 300,
  kGetSystemTopicListFromNameserver = 304,
  kGetSystemTopicListFromBroker = 305,
  kGetConsumerRunningInfo = 307,
  kConsumeMessageDirectly = 309,
  kSendMessageV2 = 310,
  kUpdateNameserverConfig = 318,
  kGetNameserverConfig = 319,
  kSendBatchMessage = 320,
  kQueryDataVersion = 322,
  kAddWritePermOfBroker = 327,
  kGetTopicConfig = 351,
  kGetSubscriptionGroupConfig = 352,
  kLitePullMessage = 361,
};

enum ResponseCode : int32_t {
  kSuccess = 0,
  kSystemError = 1,
  kSystemBusy = 2,
  kRequestCodeNotSupported = 3,
  kFlushDiskTimeout = 10,
  kMessageIllegal = 13,
  kServiceNotAvailable = 14,
  kNoPermission = 16,
  kTopicNotExist = 17,
  kPullNotFound = 19,
  kPullRetryImmediately = 20,
  kPullOffsetMoved = 21,
  kQueryNotFound = 22,
  kSubscriptionParseFailed = 23,
  kSubscriptionNotExist = 24,
  kSubscriptionNotLatest = 25,
  kSubscriptionGroupNotExist = 26,
  kInvalidParameter = 29,
  kConsumerNotOnline = 206,
  kConsumeMsgTimeout = 207,
};

enum class Language : uint8_t {
  kJava = 0,
  kCpp = 1,
  kDotnet = 2,
  kPython = 3,
  kDelphi = 4,
  kErlang = 5,
  kRuby = 6,
  kOther = 7,
  kHttp = 8,
  kGo = 9,
  kPhp = 10,
  kOms = 11,
  kRust = 12,
  kNodeJs = 13,
};

// "JAVA", "CPP", …; a number that no version defines reads as kOther.
std::string_view LanguageName(Language language);
Language LanguageFromName(std::string_view name);
Language LanguageFromCode(uint8_t code);

// MQVersion ordinals at which a peer's behaviour changes.
inline constexpr int32_t kVersion3_0_7Snapshot = 28;  // first client that understands code 220
inline constexpr int32_t kVersion3_1_8Snapshot = 62;  // first client that answers 307
inline constexpr int32_t kVersion4_9_4 = 401;         // first client that wants quoted route keys
inline constexpr int32_t kVersion5_0_0 = 413;
// What our own answers and requests claim: a release whose protocol we serve in full.
inline constexpr int32_t kOwnVersion = 409;  // V4_9_8
// OTHER is known to every decoder since 4.2.0, and is not CPP: Apache brokers answer CPP tools with
// a reset body that Java consumers silently ignore.
inline constexpr Language kOwnLanguage = Language::kOther;

}  // namespace rewindmq::protocol
