#pragma once

#include <string_view>

namespace menacedb {

// Languages whose direct connections are known.
enum class Language { none, python, javascript, c, go, rust, ruby, shell, makefile, yaml };

// By the name of a file; none when that does not tell.
[[nodiscard]] Language language_of_name(std::string_view path) noexcept;
// Whether the first line may tell: the name has no extension.
[[nodiscard]] bool may_have_interpreter(std::string_view path) noexcept;
// By `#!/usr/bin/env python3`.
[[nodiscard]] Language language_of_interpreter(std::string_view text) noexcept;

} // namespace menacedb
