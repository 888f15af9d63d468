#pragma once
// What administration tools ask a broker (AdminBrokerProcessor), one family a file.

#include "broker/handlers/parts.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

// Topics: create and update (17), delete (215), one config (351), all (21), statistics (202),
// consumer groups (300), system topics (305).
void AddTopicAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Subscription groups: create and update (200), delete (207), all (201), one (352).
void AddGroupAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Who is connected (203, 204), how far a group is (208), and questions handed on to a client (307).
void AddConsumerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// The broker itself: runtime figures (28), configuration (26), a message by its id (33).
void AddBrokerAdminHandlers(Parts* parts, remoting::Dispatcher* dispatcher);
// Messages by key, unique id or tags (12).
void AddQueryHandlers(Parts* parts, remoting::Dispatcher* dispatcher);

}  // namespace rewindmq::broker
