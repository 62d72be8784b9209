#include "core/config/toml_source.hpp"

#include "core/base/text.hpp"

#define TOML_ENABLE_FORMATTERS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <forward_list>
#include <memory_resource>
#include <tuple>

namespace menacedb {
namespace {

// Deeper than any key that means something: what lies below is of a key that is refused.
constexpr std::size_t k_depth = 16;

// Dotted keys make tables in tables, and the library frees them by recursion: a few ten thousand
// are more than the stack. A line has a few dots; the dots of lines that have more are counted.
constexpr std::size_t k_usual_dots = 16;
constexpr std::size_t k_most_dots = 10'000;

int number(toml::source_index index) {
  return static_cast<int>(index);
}

TomlKind kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::string:
    return TomlKind::text;
  case toml::node_type::integer:
    return TomlKind::integer;
  case toml::node_type::floating_point:
    return TomlKind::real;
  case toml::node_type::boolean:
    return TomlKind::boolean;
  case toml::node_type::array:
    return TomlKind::array;
  case toml::node_type::date:
  case toml::node_type::time:
  case toml::node_type::date_time:
    return TomlKind::date;
  case toml::node_type::table:
  case toml::node_type::none:
    return TomlKind::table;
  }
  return TomlKind::table;
}

// A parsed document and what is derived of it.
struct Content {
  explicit Content(toml::table parsed) : root(std::move(parsed)) {}

  toml::table root;
  std::forward_list<std::string> numbers; // their texts
  std::pmr::monotonic_buffer_resource spans;
};

// Lists the keys of a document, with views into it.
class Gatherer {
public:
  explicit Gatherer(Content& content) : m_content(content) {}

  void gather(const toml::table& table, std::span<const std::string_view> above);
  // In the order of the text: the library keeps a table's keys by name.
  [[nodiscard]] std::vector<TomlKey> take();

private:
  template <typename T>
  [[nodiscard]] std::span<T> new_span(std::size_t size) {
    return {std::pmr::polymorphic_allocator<T>(&m_content.spans).allocate(size), size};
  }
  [[nodiscard]] std::string_view keep(std::string number) {
    return m_content.numbers.emplace_front(std::move(number));
  }
  [[nodiscard]] std::string_view text_of(const toml::node& node);
  [[nodiscard]] TomlValue value_of(const toml::node& node);
  [[nodiscard]] std::span<const TomlValue> elements_of(const toml::array& array);

  Content& m_content;
  std::vector<TomlKey> m_keys;
};

std::string_view Gatherer::text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* integer = node.as_integer()) {
    return keep(std::to_string(integer->get()));
  }
  if (const auto* real = node.as_floating_point()) {
    return keep(fmt::format("{}", real->get()));
  }
  if (const auto* boolean = node.as_boolean()) {
    return boolean->get() ? "true" : "false";
  }
  return {};
}

TomlValue Gatherer::value_of(const toml::node& node) {
  const toml::source_position begin = node.source().begin;
  return {kind_of(node), number(begin.line), number(begin.column), text_of(node)};
}

std::span<const TomlValue> Gatherer::elements_of(const toml::array& array) {
  const std::span<TomlValue> elements = new_span<TomlValue>(array.size());
  std::size_t at = 0;
  for (const toml::node& element : array) {
    std::construct_at(&elements[at++], value_of(element));
  }
  return elements;
}

void Gatherer::gather(const toml::table& table, std::span<const std::string_view> above) {
  for (const auto& [name, node] : table) {
    const std::span<std::string_view> path = new_span<std::string_view>(above.size() + 1);
    std::uninitialized_copy(above.begin(), above.end(), path.begin());
    std::construct_at(&path.back(), name.str());
    const toml::source_position at = name.source().begin;
    TomlKey& key =
        m_keys.emplace_back(TomlKey{path, value_of(node), number(at.line), number(at.column)});
    if (const auto* array = node.as_array()) {
      key.elements = elements_of(*array);
    }
    if (const auto* inner = node.as_table(); inner != nullptr && path.size() < k_depth) {
      gather(*inner, path);
    }
  }
}

std::vector<TomlKey> Gatherer::take() {
  std::vector<const TomlKey*> order;
  order.reserve(m_keys.size());
  for (const TomlKey& key : m_keys) {
    order.push_back(&key);
  }
  std::ranges::sort(order, {}, [](const TomlKey* key) {
    return std::tuple(key->line, key->column, key->path.size(), key);
  });
  std::vector<TomlKey> keys;
  keys.reserve(order.size());
  for (const TomlKey* key : order) {
    keys.push_back(*key);
  }
  return keys;
}

std::optional<TomlFault> fault_of_dots(std::string_view text) {
  if (text.size() <= k_most_dots) {
    return std::nullopt;
  }
  std::size_t dots = 0;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto here = static_cast<std::size_t>(std::ranges::count(text.substr(0, end), '.'));
    dots += here > k_usual_dots ? here : 0;
    if (dots > k_most_dots) {
      return TomlFault{"cannot parse TOML: too many dots in one line", line, 1};
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

TomlFault fault_of(const toml::parse_error& error) {
  std::string message(error.description());
  // The library begins with a capital and calls the whole "document"; the rest is plain enough.
  if (!message.empty() && message[0] >= 'A' && message[0] <= 'Z') {
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  }
  const toml::source_position at = error.source().begin;
  return {fmt::format("cannot parse TOML: {}", printable(message)), number(at.line),
          number(at.column)};
}

} // namespace

std::string_view toml_kind_words(TomlKind kind) noexcept {
  switch (kind) {
  case TomlKind::text:
    return "a string";
  case TomlKind::integer:
    return "a whole number";
  case TomlKind::real:
    return "a fraction";
  case TomlKind::boolean:
    return "true or false";
  case TomlKind::array:
    return "an array";
  case TomlKind::table:
    return "a table";
  case TomlKind::date:
    return "a date or time";
  }
  return {};
}

TomlDocument parse_toml(std::string_view text) {
  if (auto fault = fault_of_dots(text)) {
    return {{}, std::move(fault), nullptr};
  }
  try {
    const auto content = std::make_shared<Content>(toml::parse(text));
    Gatherer gatherer(*content);
    gatherer.gather(content->root, {});
    return {gatherer.take(), std::nullopt, content};
  } catch (const toml::parse_error& error) {
    return {{}, fault_of(error), nullptr};
  }
}

} // namespace menacedb
