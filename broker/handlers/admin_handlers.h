#pragma once
// What administration tools ask a broker (AdminBrokerProcessor), one family a file.

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

// Topics: create and update (17, 18), delete (215), one config (351), all (21), statistics (202),
// consumer groups (300), system topics (305).
void AddTopicAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Subscription groups: create and update (200, 225), delete (207), all (201), one (352), reading of
// one topic forbidden (353).
void AddGroupAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Who is connected: consumers (203), producers of a group (204) and all (328).
void AddConnectionAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// How far groups have consumed (208, 317, 303).
void AddConsumeStatsHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Groups' offsets and subscriptions (43, 308, 314, 343, 345).
void AddOffsetAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Questions handed on to clients (223, 307, 309).
void AddClientRelayHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// The store: units of a queue (321), cleaning (306, 316, 329), a message by its id (33).
void AddStoreAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// The broker itself: runtime figures (28), traffic (315), configuration (25, 26), replication (907)
// and what only other kinds of brokers have (1007, 2003).
void AddBrokerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Interval replay, RewindMQ's own (30002, 30003, 30004).
void AddReplayHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Messages by key, unique id or tags (12).
void AddQueryHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
