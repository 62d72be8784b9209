#pragma once

#include "core/base/json_chars.hpp"

#include <array>
#include <cstdint>
#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace menacedb {

// Rewrites checked JSON text as json_text.hpp describes. Containers recurse: the parser's limit of
// 1000 levels bounds the stack. Members are written as they come and put in order afterwards, in
// the output itself, when they were not in order already.
class JsonRewriter {
public:
  JsonRewriter(std::string& out, std::string_view json, bool sorts_arrays) noexcept
      : m_out(out),
        m_start(out.size()),
        m_bounds{json.data(), json.data() + json.size()},
        m_sorts_arrays(sorts_arrays) {}

  void rewrite();

private:
  // A member or element that is written: its decoded name, and its text in the output, counted
  // from m_start. The parser's limit on the length of a text keeps this within 32 bits.
  struct Part {
    std::string_view name;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  // The parts of all open containers, the innermost last. The first few take no memory of their
  // own.
  class Parts {
  public:
    void push(const Part& part);
    void cut(std::size_t size) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] std::span<Part> from(std::size_t first) noexcept;

  private:
    std::array<Part, 32> m_few;
    std::vector<Part> m_many; // all of them, once there are more than fit in m_few
    std::size_t m_size = 0;
  };

  const char* rewrite_value(const char* at);
  const char* rewrite_object(const char* at);
  const char* rewrite_array(const char* at);
  const char* rewrite_string(const char* at);
  const char* rewrite_special(const char* at);
  const char* rewrite_number(const char* at);
  const char* rewrite_word(const char* at);
  [[nodiscard]] std::string_view decoded_name(const char* begin, const char* end);
  [[nodiscard]] std::string_view text_of(const Part& part) const;
  [[nodiscard]] std::uint32_t position() const;
  void sort_members(std::size_t first);
  void sort_elements(std::size_t first);
  void reorder(std::span<const Part> parts, std::uint32_t begin);

  std::string& m_out;
  std::size_t m_start;
  JsonBounds m_bounds;
  bool m_sorts_arrays;
  Parts m_parts;
  std::forward_list<std::string> m_decoded_names; // takes no memory while empty
};

} // namespace menacedb
