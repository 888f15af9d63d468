#include "common/protocol/route_data.h"

#include "common/base/parse.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

void WriteAddresses(const BrokerData& broker, bool quoted_keys, JsonWriter* writer) {
  writer->Key("brokerAddrs");
  writer->BeginObject();
  for (const auto& [id, address] : broker.broker_addrs) {
    if (quoted_keys) {
      writer->Key(std::to_string(id));
    } else {
      writer->BareKey(std::to_string(id));
    }
    writer->String(address);
  }
  writer->EndObject();
}

void WriteBroker(const BrokerData& broker, bool quoted_keys, JsonWriter* writer) {
  writer->BeginObject();
  WriteAddresses(broker, quoted_keys, writer);
  writer->Member("brokerName", broker.broker_name);
  writer->Member("cluster", broker.cluster);
  writer->Member("enableActingMaster", false);
  writer->EndObject();
}

void WriteQueue(const QueueData& queue, JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("brokerName", queue.broker_name);
  writer->Member("perm", queue.perm);
  writer->Member("readQueueNums", queue.read_queue_nums);
  writer->Member("topicSynFlag", queue.topic_sys_flag);
  writer->Member("topicSysFlag", queue.topic_sys_flag);
  writer->Member("writeQueueNums", queue.write_queue_nums);
  writer->EndObject();
}

Result<BrokerData> ReadBroker(const json& object) {
  JsonMembers members(object);
  BrokerData broker;
  broker.cluster = members.Text("cluster");
  broker.broker_name = members.Text("brokerName");
  if (const json* addresses = members.Object("brokerAddrs")) {
    JsonMembers values(*addresses);
    for (const auto& item : addresses->items()) {
      REWIND_TRY_ASSIGN(int64_t id, ParseInt64(item.key(), "brokerId"));
      broker.broker_addrs[id] = values.Text(item.key().c_str());
    }
    members.Note(values.status());
  }
  REWIND_TRY(members.status());
  return broker;
}

Result<QueueData> ReadQueue(const json& object) {
  JsonMembers members(object);
  QueueData queue;
  queue.broker_name = members.Text("brokerName");
  queue.read_queue_nums = members.Int32("readQueueNums");
  queue.write_queue_nums = members.Int32("writeQueueNums");
  queue.perm = members.Int32("perm");
  queue.topic_sys_flag = members.Int32("topicSysFlag", members.Int32("topicSynFlag"));
  REWIND_TRY(members.status());
  return queue;
}

Status ReadStrings(const json& array, std::vector<std::string>* strings) {
  if (!array.is_array()) return {ErrorCode::kCorruption, "a JSON array of strings is expected"};
  for (const json& item : array) {
    if (!item.is_string()) return {ErrorCode::kCorruption, "a JSON string is expected"};
    strings->push_back(item.get<std::string>());
  }
  return Status::Ok();
}

}  // namespace

std::string BrokerData::MasterAddress() const {
  auto master = broker_addrs.find(kMasterId);
  return master == broker_addrs.end() ? std::string() : master->second;
}

std::string EncodeTopicRouteData(const TopicRouteData& route, bool quoted_keys) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("brokerDatas");
  writer.BeginArray();
  for (const BrokerData& broker : route.broker_datas) WriteBroker(broker, quoted_keys, &writer);
  writer.EndArray();
  writer.Key("filterServerTable");
  writer.BeginObject();
  for (const auto& [address, servers] : route.filter_server_table) {
    writer.StringArray(address, servers);
  }
  writer.EndObject();
  if (!route.order_topic_conf.empty()) writer.Member("orderTopicConf", route.order_topic_conf);
  writer.Key("queueDatas");
  writer.BeginArray();
  for (const QueueData& queue : route.queue_datas) WriteQueue(queue, &writer);
  writer.EndArray();
  writer.EndObject();
  return writer.Take();
}

Result<TopicRouteData> DecodeTopicRouteData(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  TopicRouteData route;
  route.order_topic_conf = members.Text("orderTopicConf");
  if (const json* queues = members.Array("queueDatas")) {
    for (const json& item : *queues) {
      REWIND_TRY_ASSIGN(QueueData queue, ReadQueue(item));
      route.queue_datas.push_back(std::move(queue));
    }
  }
  if (const json* brokers = members.Array("brokerDatas")) {
    for (const json& item : *brokers) {
      REWIND_TRY_ASSIGN(BrokerData broker, ReadBroker(item));
      route.broker_datas.push_back(std::move(broker));
    }
  }
  if (const json* filters = members.Object("filterServerTable")) {
    for (const auto& item : filters->items()) {
      REWIND_TRY(ReadStrings(item.value(), &route.filter_server_table[item.key()]));
    }
  }
  REWIND_TRY(members.status());
  return route;
}

std::string EncodeClusterInfo(const ClusterInfo& info) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("brokerAddrTable");
  writer.BeginObject();
  for (const auto& [name, broker] : info.brokers) {
    writer.Key(name);
    WriteBroker(broker, /*quoted_keys=*/false, &writer);
  }
  writer.EndObject();
  writer.Key("clusterAddrTable");
  writer.BeginObject();
  for (const auto& [cluster, names] : info.clusters) writer.StringArray(cluster, names);
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<ClusterInfo> DecodeClusterInfo(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  ClusterInfo info;
  if (const json* brokers = members.Object("brokerAddrTable")) {
    for (const auto& item : brokers->items()) {
      REWIND_TRY_ASSIGN(info.brokers[item.key()], ReadBroker(item.value()));
    }
  }
  if (const json* clusters = members.Object("clusterAddrTable")) {
    for (const auto& item : clusters->items()) {
      std::vector<std::string> names;
      REWIND_TRY(ReadStrings(item.value(), &names));
      info.clusters[item.key()] = {names.begin(), names.end()};
    }
  }
  REWIND_TRY(members.status());
  return info;
}

std::string EncodeBrokerMemberGroup(const BrokerData& group) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("brokerMemberGroup");
  writer.BeginObject();
  WriteAddresses(group, /*quoted_keys=*/false, &writer);
  writer.Member("brokerName", group.broker_name);
  writer.Member("cluster", group.cluster);
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

}  // namespace rewindmq::protocol
