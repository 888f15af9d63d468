#include "common/protocol/connections.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

void WriteConnections(const std::vector<Connection>& connections, JsonWriter* writer) {
  writer->Key("connectionSet");
  writer->BeginArray();
  for (const Connection& connection : connections) {
    writer->BeginObject();
    writer->Member("clientAddr", connection.client_addr);
    writer->Member("clientId", connection.client_id);
    writer->Member("language", LanguageName(connection.language));
    writer->Member("version", connection.version);
    writer->EndObject();
  }
  writer->EndArray();
}

Result<std::vector<Connection>> ReadConnections(JsonMembers* members) {
  std::vector<Connection> connections;
  const json* array = members->Array("connectionSet");
  if (array == nullptr) return connections;
  for (const json& item : *array) {
    JsonMembers values(item);
    Connection connection;
    connection.client_id = values.Text("clientId");
    connection.client_addr = values.Text("clientAddr");
    connection.language = LanguageFromName(values.Text("language", "JAVA"));
    connection.version = values.Int32("version");
    REWIND_TRY(values.status());
    connections.push_back(std::move(connection));
  }
  return connections;
}

}  // namespace

std::string EncodeConsumerConnection(const ConsumerConnection& connection) {
  JsonWriter writer;
  writer.BeginObject();
  WriteConnections(connection.connections, &writer);
  writer.Member("consumeFromWhere", ConsumeFromWhereName(connection.consume_from_where));
  writer.Member("consumeType", ConsumeTypeName(connection.consume_type));
  writer.Member("messageModel", MessageModelName(connection.message_model));
  writer.Key("subscriptionTable");
  writer.BeginObject();
  for (const auto& [topic, subscription] : connection.subscription_table) {
    writer.Key(topic);
    writer.Raw(EncodeSubscriptionData(subscription));
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<ConsumerConnection> DecodeConsumerConnection(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  ConsumerConnection decoded;
  REWIND_TRY_ASSIGN(decoded.connections, ReadConnections(&members));
  REWIND_TRY_ASSIGN(decoded.consume_type, ConsumeTypeFromJson(members.Any("consumeType")));
  REWIND_TRY_ASSIGN(decoded.message_model, MessageModelFromJson(members.Any("messageModel")));
  REWIND_TRY_ASSIGN(decoded.consume_from_where,
                    ConsumeFromWhereFromJson(members.Any("consumeFromWhere")));
  if (const json* table = members.Object("subscriptionTable")) {
    for (const auto& item : table->items()) {
      REWIND_TRY_ASSIGN(decoded.subscription_table[item.key()],
                        SubscriptionDataFromJson(item.value()));
    }
  }
  REWIND_TRY(members.status());
  return decoded;
}

std::string EncodeProducerConnection(const ProducerConnection& connection) {
  JsonWriter writer;
  writer.BeginObject();
  WriteConnections(connection.connections, &writer);
  writer.EndObject();
  return writer.Take();
}

Result<ProducerConnection> DecodeProducerConnection(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  ProducerConnection decoded;
  REWIND_TRY_ASSIGN(decoded.connections, ReadConnections(&members));
  REWIND_TRY(members.status());
  return decoded;
}

}  // namespace rewindmq::protocol
