// The mathematical functions that SQLite offers in SQL and Lua to hooks, looked up in libm when one
// is first called. Linking libm would make the loader map and relocate one more library at every
// start: 0.08 ms, or an eighth of a whole `menacedb enqueue`, for functions that hardly any
// statement uses. (libm's archive cannot be used beside the shared libc: it needs symbols that only
// the loader has.)
//
// Only the executable is linked with this file; it is left out of sanitizer builds.

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace {

template <typename Function>
[[nodiscard]] Function* find_in_libm(const char* name) {
  // The library stays loaded until the end, as a linked one would.
  void* const library = ::dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
  void* const found = library == nullptr ? nullptr : ::dlsym(library, name);
  if (found == nullptr) {
    // A part of libc6: without it no program of this machine works.
    std::fputs("menacedb: error: cannot load 'libm.so.6'\n", stderr);
    std::abort();
  }
  return reinterpret_cast<Function*>(found);
}

} // namespace

#define MENACEDB_LAZY_UNARY(name)                                                                  \
  extern "C" double name(double x) noexcept {                                                      \
    static auto* const real = find_in_libm<double(double)>(#name);                                 \
    return real(x);                                                                                \
  }
#define MENACEDB_LAZY_BINARY(name)                                                                 \
  extern "C" double name(double x, double y) noexcept {                                            \
    static auto* const real = find_in_libm<double(double, double)>(#name);                         \
    return real(x, y);                                                                             \
  }

MENACEDB_LAZY_UNARY(acos)
MENACEDB_LAZY_UNARY(acosh)
MENACEDB_LAZY_UNARY(asin)
MENACEDB_LAZY_UNARY(asinh)
MENACEDB_LAZY_UNARY(atan)
MENACEDB_LAZY_UNARY(atanh)
MENACEDB_LAZY_UNARY(ceil)
MENACEDB_LAZY_UNARY(cos)
MENACEDB_LAZY_UNARY(cosh)
MENACEDB_LAZY_UNARY(exp)
MENACEDB_LAZY_UNARY(floor)
MENACEDB_LAZY_UNARY(log)
MENACEDB_LAZY_UNARY(log10)
MENACEDB_LAZY_UNARY(log2)
MENACEDB_LAZY_UNARY(sin)
MENACEDB_LAZY_UNARY(sinh)
MENACEDB_LAZY_UNARY(sqrt)
MENACEDB_LAZY_UNARY(tan)
MENACEDB_LAZY_UNARY(tanh)
MENACEDB_LAZY_UNARY(trunc)
MENACEDB_LAZY_BINARY(atan2)
MENACEDB_LAZY_BINARY(fmod)
MENACEDB_LAZY_BINARY(pow)

extern "C" long long llround(double x) noexcept {
  static auto* const real = find_in_libm<long long(double)>("llround");
  return real(x);
}

// Lua takes numbers apart with these.
extern "C" double frexp(double x, int* exponent) noexcept {
  static auto* const real = find_in_libm<double(double, int*)>("frexp");
  return real(x, exponent);
}
extern "C" double ldexp(double x, int exponent) noexcept {
  static auto* const real = find_in_libm<double(double, int)>("ldexp");
  return real(x, exponent);
}

// libstdc++'s number parsing sets the rounding mode around strtod().
extern "C" int fegetround() noexcept {
  static auto* const real = find_in_libm<int()>("fegetround");
  return real();
}
extern "C" int fesetround(int mode) noexcept {
  static auto* const real = find_in_libm<int(int)>("fesetround");
  return real(mode);
}
