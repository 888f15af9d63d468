// The tools' key-value store (codes 100, 101, 102, 219).

#include "common/protocol/lists.h"
#include "nameserver/handlers.h"

namespace rewindmq::nameserver {
namespace {

using protocol::FieldReader;
using protocol::MakeResponse;
using protocol::Outgoing;

Outgoing PutKv(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string space(fields.Text("namespace"));
  std::string key(fields.Text("key"));
  std::string value(fields.Text("value"));
  if (!fields.status().ok()) return Failure(fields.status());
  Status stored = state->kv.Put(space, key, value);
  return stored.ok() ? MakeResponse(protocol::kSuccess) : Failure(stored);
}

Outgoing GetKv(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string space(fields.Text("namespace"));
  std::string key(fields.Text("key"));
  if (!fields.status().ok()) return Failure(fields.status());
  std::optional<std::string> value = state->kv.Find(space, key);
  if (!value) {
    return MakeResponse(protocol::kQueryNotFound,
                        "No config item, Namespace: " + space + " Key: " + key);
  }
  return MakeResponse(protocol::kSuccess).With("value", *value);
}

Outgoing DeleteKv(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string space(fields.Text("namespace"));
  std::string key(fields.Text("key"));
  if (!fields.status().ok()) return Failure(fields.status());
  Status stored = state->kv.Delete(space, key);
  return stored.ok() ? MakeResponse(protocol::kSuccess) : Failure(stored);
}

Outgoing ListKv(State* state, const Request& request) {
  FieldReader fields(request.command.fields);
  std::string space(fields.Text("namespace"));
  if (!fields.status().ok()) return Failure(fields.status());
  const protocol::KvTable* table = state->kv.Namespace(space);
  if (table == nullptr) {
    return MakeResponse(protocol::kQueryNotFound, "No config item, Namespace: " + space);
  }
  Outgoing response = MakeResponse(protocol::kSuccess);
  response.body = protocol::EncodeKvTable(*table);
  return response;
}

}  // namespace

void AddKvHandlers(HandlerTable* table) {
  (*table)[protocol::kPutKvConfig] = PutKv;
  (*table)[protocol::kGetKvConfig] = GetKv;
  (*table)[protocol::kDeleteKvConfig] = DeleteKv;
  (*table)[protocol::kGetKvListByNamespace] = ListKv;
}

}  // namespace rewindmq::nameserver
