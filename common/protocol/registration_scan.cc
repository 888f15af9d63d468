#include "common/protocol/registration_scan.h"

#include <charconv>
#include <string>
#include <utility>

#include "common/protocol/java_json.h"

namespace rewindmq::protocol {
namespace {

// How deep the members that are read lie themselves.
constexpr int kOwnDepth = 4;

// Every method answers false when the text leaves the plain form; the scan ends there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool Body(RegisterBrokerBody* body) {
    bool whole = Object([&](std::string_view name) {
      if (name == "filterServerList") return Once(&seen_filters_) && Strings(&body->filter_servers);
      if (name == "topicConfigSerializeWrapper") {
        return Once(&seen_wrapper_) && Table(&body->topic_config_table);
      }
      return Skip(kOwnDepth);
    });
    Blank();
    return whole && at_ == end_;
  }

 private:
  static bool Once(bool* seen) { return !std::exchange(*seen, true); }

  bool Table(TopicConfigTable* table) {
    return Object([&](std::string_view name) {
      if (name == "dataVersion") return Version(&table->data_version);
      if (name == "topicConfigTable") return Once(&seen_topics_) && Topics(table);
      return Skip(kOwnDepth);
    });
  }

  bool Version(DataVersion* version) {
    *version = DataVersion();
    return Object([&](std::string_view name) {
      if (name == "counter") return Integer(&version->counter);
      if (name == "stateVersion") return Integer(&version->state_version);
      if (name == "timestamp") return Integer(&version->timestamp_ms);
      return Skip(kOwnDepth);
    });
  }

  bool Topics(TopicConfigTable* table) {
    return Object([&](std::string_view name) {
      // Our own table is sorted, so that its next topic belongs at the end.
      auto place =
          table->topics.insert_or_assign(table->topics.end(), std::string(name), TopicConfig());
      TopicConfig& config = place->second;
      if (!Topic(&config)) return false;
      if (config.topic_name.empty()) config.topic_name = name;
      return table->topics.size() < kMaxJsonValues;
    });
  }

  bool Topic(TopicConfig* config) {
    return Object([&](std::string_view name) {
      if (name == "attributes") {
        config->attributes.clear();
        return Object(
            [&](std::string_view key) { return Text(&config->attributes[std::string(key)]); });
      }
      if (name == "order") return Truth(&config->order);
      if (name == "perm") return Integer(&config->perm);
      if (name == "readQueueNums") return Integer(&config->read_queue_nums);
      if (name == "topicFilterType") return Text(&config->topic_filter_type);
      if (name == "topicName") return Text(&config->topic_name);
      if (name == "topicSysFlag") return Integer(&config->topic_sys_flag);
      if (name == "writeQueueNums") return Integer(&config->write_queue_nums);
      return Skip(kOwnDepth);
    });
  }

  bool Strings(std::vector<std::string>* strings) {
    return Array([&] { return Text(&strings->emplace_back()); });
  }

  template <typename Member>
  bool Object(Member member) {
    if (!Take('{')) return false;
    if (Take('}')) return true;
    do {
      std::string_view name;
      if (!String(&name) || !Take(':') || !member(name)) return false;
    } while (Take(','));
    return Take('}');
  }

  template <typename Item>
  bool Array(Item item) {
    if (!Take('[')) return false;
    if (Take(']')) return true;
    do {
      if (!item()) return false;
    } while (Take(','));
    return Take(']');
  }

  void Blank() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool Take(char wanted) {
    Blank();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  bool String(std::string_view* text) {
    if (!Take('"')) return false;
    const char* begin = at_;
    while (at_ != end_ && *at_ != '"') {
      auto byte = static_cast<unsigned char>(*at_);
      if (byte < ' ' || byte > '~' || byte == '\\') return false;
      ++at_;
    }
    if (at_ == end_) return false;
    *text = std::string_view(begin, static_cast<size_t>(at_ - begin));
    ++at_;
    return true;
  }
  bool Text(std::string* text) {
    std::string_view view;
    if (!String(&view)) return false;
    text->assign(view);
    return true;
  }

  template <typename T>
  bool Integer(T* value) {
    Blank();
    auto [after, error] = std::from_chars(at_, end_, *value);
    // JSON knows no leading zeros; a minus zero is the tolerant reader's.
    const char* first = at_ != end_ && *at_ == '-' ? at_ + 1 : at_;
    if (error != std::errc() || (*first == '0' && after - at_ > 1)) return false;
    if (after != end_ && (*after == '.' || *after == 'e' || *after == 'E')) {
      return false;
    }
    at_ = after;
    return true;
  }

  bool Word(std::string_view word) {
    if (static_cast<size_t>(end_ - at_) < word.size() ||
        std::string_view(at_, word.size()) != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }
  bool Truth(bool* value) {
    Blank();
    if (Word("true")) {
      *value = true;
      return true;
    }
    *value = false;
    return Word("false");
  }

  // Members that are not of interest, as 5.x's topicQueueMappingDetailMap; keys are plain too.
  bool Skip(int depth) {
    if (depth >= kMaxJsonDepth || ++skipped_ > kMaxJsonValues) return false;
    Blank();
    if (at_ == end_) return false;
    std::string_view text;
    bool truth = false;
    int64_t number = 0;
    switch (*at_) {
      case '{':
        return Object([&](std::string_view) { return Skip(depth + 1); });
      case '[':
        return Array([&] { return Skip(depth + 1); });
      case '"':
        return String(&text);
      case 't':
      case 'f':
        return Truth(&truth);
      default:
        return Integer(&number);
    }
  }

  const char* at_;
  const char* const end_;
  size_t skipped_ = 0;
  bool seen_filters_ = false;
  bool seen_wrapper_ = false;
  bool seen_topics_ = false;
};

}  // namespace

std::optional<RegisterBrokerBody> ScanRegisterBrokerBody(std::string_view text) {
  if (text.size() > kMaxJsonBytes) return std::nullopt;
  RegisterBrokerBody body;
  if (!Scanner(text).Body(&body)) return std::nullopt;
  return body;
}

}  // namespace rewindmq::protocol
