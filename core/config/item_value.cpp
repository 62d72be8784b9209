#include "core/base/text.hpp"
#include "core/base/units.hpp"
#include "core/config/items.hpp"
#include "core/config/retention_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace menacedb {
namespace {

constexpr std::size_t k_longest_shown = 60;

ItemValue refused(const Item& item, std::string_view text) {
  return {{},
          fmt::format("expected {}, found '{}'", describe_type(item),
                      elide(printable(text), k_longest_shown))};
}

ItemValue out_of_range(const Item& item, std::string_view text) {
  if (item.maximum.empty()) {
    return {{}, fmt::format("expected at least {}, found '{}'", item.minimum, text)};
  }
  return {
      {},
      fmt::format("expected a value from {} to {}, found '{}'", item.minimum, item.maximum, text)};
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return {};
  }
  return number;
}

template <typename Parse>
bool is_in_range(const Item& item, std::string_view text, Parse parse) {
  const auto value = parse(text);
  return (item.minimum.empty() || value >= parse(item.minimum)) &&
         (item.maximum.empty() || value <= parse(item.maximum));
}

ItemValue read_integer(const Item& item, std::string_view text) {
  const auto number = parse_integer(text);
  if (!number) {
    return refused(item, text);
  }
  return is_in_range(item, text, parse_integer) ? ItemValue{std::to_string(*number), {}}
                                                : out_of_range(item, text);
}

ItemValue read_duration(const Item& item, std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) {
    return refused(item, text);
  }
  return is_in_range(item, text, parse_duration) ? ItemValue{format_duration(*duration), {}}
                                                 : out_of_range(item, text);
}

ItemValue read_bytes(const Item& item, std::string_view text) {
  if (!parse_bytes(text)) {
    return refused(item, text);
  }
  return is_in_range(item, text, parse_bytes) ? ItemValue{std::string(text), {}}
                                              : out_of_range(item, text);
}

ItemValue read_boolean(const Item& item, std::string_view text) {
  constexpr std::array<std::string_view, 4> k_yes{"true", "1", "yes", "on"};
  constexpr std::array<std::string_view, 4> k_no{"false", "0", "no", "off"};
  const auto is_text = [text](std::string_view word) { return equals_ignoring_case(word, text); };
  if (std::ranges::any_of(k_yes, is_text)) {
    return {"true", {}};
  }
  return std::ranges::any_of(k_no, is_text) ? ItemValue{"false", {}} : refused(item, text);
}

ItemValue read_limits(const Item& item, std::string_view text) {
  const auto limits = parse_retention_limits(text);
  return limits ? ItemValue{format_retention_limits(*limits), {}} : refused(item, text);
}

// "startup=7, manual=20" in one spelling: without blanks, the words in their order.
ItemValue read_counts(const Item& item, std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string& part : split_list(text)) {
    const std::size_t equals = part.find('=');
    const std::string_view word = trim(std::string_view(part).substr(0, equals));
    const auto number = equals == std::string::npos
                            ? std::nullopt
                            : parse_integer(trim(std::string_view(part).substr(equals + 1)));
    if (word.empty() || !number || *number < 0) {
      return refused(item, text);
    }
    parts.push_back(fmt::format("{}={}", word, *number));
  }
  return parts.empty() ? refused(item, text)
                       : ItemValue{fmt::format("{}", fmt::join(parts, ",")), {}};
}

// The names that Python's logging gives to the same levels, as DB_ROUTER_LOG_LEVEL held them.
std::string_view modern_word(std::string_view word) {
  if (word == "warn") {
    return "warning";
  }
  return word == "critical" || word == "fatal" ? "error" : word;
}

ItemValue read_word(const Item& item, std::string_view text) {
  const std::string lower = to_lower(text);
  const std::string_view word = item.key == "log.level" ? modern_word(lower) : lower;
  const auto words = split_list(item.words, ' ');
  return std::ranges::find(words, word) == words.end() ? refused(item, text)
                                                       : ItemValue{std::string(word), {}};
}

ItemValue read_text(const Item& item, std::string_view text) {
  const bool may_be_unset = item.type != ItemType::text_list && item.default_value.empty();
  if (text.empty() && !may_be_unset) {
    return {{}, "it is empty"};
  }
  if (text.find('\0') != std::string_view::npos) {
    return {{}, "it contains a NUL byte"};
  }
  if (item.key == "instance.id" && !is_safe_id(text)) {
    return {{},
            fmt::format("expected letters, digits, '.', '_' and '-', at most 128 and no reserved "
                        "name, found '{}'",
                        elide(printable(text), k_longest_shown))};
  }
  return {std::string(text), {}};
}

} // namespace

std::string describe_type(const Item& item) {
  switch (item.type) {
  case ItemType::text:
    return "a text";
  case ItemType::path:
    return "a path";
  case ItemType::boolean:
    return "true or false";
  case ItemType::integer:
    return "a whole number";
  case ItemType::duration:
    return "a duration such as '5s'";
  case ItemType::bytes:
    return "a size such as '1MiB'";
  case ItemType::word:
    return fmt::format("one of {}", fmt::join(split_list(item.words, ' '), ", "));
  case ItemType::text_list:
    return "an array of texts";
  case ItemType::limits:
    return "'forever', a duration such as '7d', or limits such as '{age = \"7d\", count = 100, "
           "size = "
           "\"1GiB\"}'";
  case ItemType::counts:
    return "numbers by word such as '{startup = 7, default = 5}'";
  }
  return {};
}

ItemValue read_item_value(const Item& item, std::string_view text) {
  switch (item.type) {
  case ItemType::text:
  case ItemType::path:
  case ItemType::text_list:
    return read_text(item, text);
  case ItemType::boolean:
    return read_boolean(item, text);
  case ItemType::integer:
    return read_integer(item, text);
  case ItemType::duration:
    return read_duration(item, text);
  case ItemType::bytes:
    return read_bytes(item, text);
  case ItemType::word:
    return read_word(item, text);
  case ItemType::counts:
    return read_counts(item, text);
  case ItemType::limits:
    return read_limits(item, text);
  }
  return {};
}

} // namespace menacedb
