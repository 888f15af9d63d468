#include "broker/unserved.h"

#include <string_view>

namespace rewindmq::broker {
namespace {

constexpr std::string_view kAcl1 =
    "ACL 1.0 is not served: its files were given up by RocketMQ 5.3.3 itself";
constexpr std::string_view kAcl2 =
    "there are no users and access rules yet: every client may do everything";
constexpr std::string_view kFilterServer =
    "filter servers, which run the users' Java classes, went with RocketMQ 4.3; SQL92 does it";
constexpr std::string_view kSlave =
    "asked by slaves of their master; replication is not served yet";
constexpr std::string_view kRocksDb = "there is no RocksDB in this store";
constexpr std::string_view kTimerEngine = "timer messages have one engine here";
constexpr std::string_view kStaticTopic =
    "static topics (logical queues over several brokers) are not served";
constexpr std::string_view kContainer =
    "one process is one broker here, not a container of several";
constexpr std::string_view kController =
    "there is no controller that elects masters and tells brokers";
constexpr std::string_view kColdData =
    "cold data control is not served: reads of old messages are not throttled";
constexpr std::string_view kPop =
    "pop consumption belongs to the gRPC path, which is not served yet";
constexpr std::string_view kLite =
    "lite topics (5.5) live on pop consumption, which is not served yet";

constexpr protocol::Unserved kUnserved[] = {
    {50, kAcl1},          {51, kAcl1},         {52, kAcl1},         {53, kAcl1},
    {54, kAcl1},          {60, kSlave},        {61, kSlave},        {301, kFilterServer},
    {354, kRocksDb},      {355, kRocksDb},     {400, kPop},         {401, kPop},
    {402, kSlave},        {513, kStaticTopic}, {902, kContainer},   {903, kContainer},
    {906, kSlave},        {908, kSlave},       {1008, kController}, {2001, kColdData},
    {2002, kColdData},    {2004, kColdData},   {3001, kAcl2},       {3002, kAcl2},
    {3003, kAcl2},        {3004, kAcl2},       {3005, kAcl2},       {3006, kAcl2},
    {3007, kAcl2},        {3008, kAcl2},       {3009, kAcl2},       {3010, kAcl2},
    {5001, kTimerEngine}, {200050, kPop},      {200051, kPop},      {200052, kPop},
    {200053, kPop},       {200054, kPop},      {200055, kPop},      {200056, kPop},
    {200070, kLite},      {200071, kLite},     {200072, kLite},     {200074, kLite},
    {200075, kLite},      {200076, kLite},     {200077, kLite},     {200078, kLite},
    {200079, kLite},      {200151, kPop},
};

}  // namespace

std::span<const protocol::Unserved> UnservedRequests() { return kUnserved; }

}  // namespace rewindmq::broker
