#pragma once
// Evaluates a compiled selector over messages' properties with Java's rules (the expression classes
// of RocketMQ's filter module): three-valued logic; a property is a string, and is read as a number
// of the class that it is compared with; where Java throws, nothing matches.
// Thread safety: one object a thread; it keeps its work space from message to message.

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/filter/sql_expression.h"

namespace rewindmq::broker {

enum class SqlOutcome : uint8_t { kTrue, kFalse, kUnknown, kThrown };

class SqlMatcher {
 public:
  explicit SqlMatcher(std::shared_ptr<const SqlExpression> expression);

  // "key 0x01 value 0x02 …", as in a record; a later value of a key replaces an earlier one.
  bool Matches(std::string_view properties) { return Evaluate(properties) == SqlOutcome::kTrue; }
  SqlOutcome Evaluate(std::string_view properties);

 private:
  // All give false where Java throws.
  bool Value(int32_t index, SqlValue* value) const;
  bool Logic(const SqlNode& node, SqlValue* value) const;
  bool Equal(const SqlNode& node, SqlValue* value) const;
  bool Ordered(const SqlNode& node, SqlValue* value) const;
  bool Between(const SqlNode& node, SqlValue* value) const;
  bool Text(const SqlNode& node, SqlValue* value) const;
  void FindProperties(std::string_view properties);

  std::shared_ptr<const SqlExpression> expression_;
  std::vector<std::pair<std::string_view, size_t>> wanted_;  // name -> index, sorted by name
  std::vector<std::string_view> found_;                      // by index; empty: not there
};

}  // namespace rewindmq::broker
