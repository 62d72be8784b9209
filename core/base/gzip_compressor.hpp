#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace menacedb {

// Packs one stream as one gzip member. Move-only, not thread-safe.
class GzipCompressor {
public:
  GzipCompressor();
  ~GzipCompressor();
  GzipCompressor(GzipCompressor&&) noexcept;
  GzipCompressor& operator=(GzipCompressor&&) noexcept;

  // Appends what is ready to `out`.
  void pack(std::string_view content, std::string& out);
  // Ends the member; once.
  void finish(std::string& out);

private:
  struct State;
  std::unique_ptr<State> m_state;
};

} // namespace menacedb
