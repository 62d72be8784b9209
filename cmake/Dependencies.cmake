# Libraries from the distribution. Archives are preferred to shared objects, because each shared
# object costs the start of every `menacedb enqueue`: only libc stays dynamic (and libm is looked up
# when it is needed, cli/lazy_libm.cpp).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(doctest REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)

set(menacedb_archive_first libsqlite3.a sqlite3)
if(MENACEDB_SANITIZE OR NOT MENACEDB_STATIC_RUNTIME)
  set(menacedb_archive_first sqlite3)
endif()
find_library(SQLITE3_LIBRARY NAMES ${menacedb_archive_first} REQUIRED)
find_path(SQLITE3_INCLUDE_DIR sqlite3.h REQUIRED)

add_library(menacedb_sqlite3 INTERFACE)
target_include_directories(menacedb_sqlite3 SYSTEM INTERFACE ${SQLITE3_INCLUDE_DIR})
target_link_libraries(menacedb_sqlite3 INTERFACE ${SQLITE3_LIBRARY} m ${CMAKE_DL_LIBS}
                      Threads::Threads)

# Compressed logs and backups. As archives, too: nothing of them is touched at start-up.
set(menacedb_zlib_first libz.a z)
set(menacedb_zstd_first libzstd.a zstd)
if(MENACEDB_SANITIZE OR NOT MENACEDB_STATIC_RUNTIME)
  set(menacedb_zlib_first z)
  set(menacedb_zstd_first zstd)
endif()
find_library(ZLIB_LIBRARY NAMES ${menacedb_zlib_first} REQUIRED)
find_library(ZSTD_LIBRARY NAMES ${menacedb_zstd_first} REQUIRED)
find_path(ZLIB_INCLUDE_DIR zlib.h REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)

add_library(menacedb_compression INTERFACE)
target_include_directories(menacedb_compression SYSTEM INTERFACE ${ZLIB_INCLUDE_DIR}
                           ${ZSTD_INCLUDE_DIR})
target_link_libraries(menacedb_compression INTERFACE ${ZLIB_LIBRARY} ${ZSTD_LIBRARY}
                      Threads::Threads)

# For the hooks of a policy; nothing of it is touched unless one is configured.
set(menacedb_lua_first liblua5.4.a lua5.4)
if(MENACEDB_SANITIZE OR NOT MENACEDB_STATIC_RUNTIME)
  set(menacedb_lua_first lua5.4)
endif()
find_library(LUA_LIBRARY NAMES ${menacedb_lua_first} REQUIRED)
find_path(LUA_INCLUDE_DIR lua.h PATH_SUFFIXES lua5.4 REQUIRED)

add_library(menacedb_lua INTERFACE)
target_include_directories(menacedb_lua SYSTEM INTERFACE ${LUA_INCLUDE_DIR})
target_link_libraries(menacedb_lua INTERFACE ${LUA_LIBRARY} m ${CMAKE_DL_LIBS})

# Its headers alone: what they declare is compiled in core/base/fmt_library.cpp.
add_library(menacedb_fmt INTERFACE)
target_include_directories(menacedb_fmt SYSTEM INTERFACE
  $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)

add_library(menacedb_tomlplusplus INTERFACE)
target_include_directories(menacedb_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
