# The two INTERFACE targets every target of ours links PRIVATE, and the function that makes a
# library of one layer. Nothing here is global: a target that does not link them is not affected.
add_library(menacedb_options INTERFACE)
target_compile_features(menacedb_options INTERFACE cxx_std_20)
target_include_directories(menacedb_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(menacedb_options INTERFACE _GNU_SOURCE
                           MENACEDB_VERSION="${PROJECT_VERSION}")
# Not position independent: a shell hook starts the binary for every write, and the loader's
# relocations would be the larger part of its life.
target_compile_options(menacedb_options INTERFACE -fno-pie -ffunction-sections -fdata-sections
                       -fstack-protector-strong)
target_link_options(menacedb_options INTERFACE -no-pie -Wl,--gc-sections)

add_library(menacedb_warnings INTERFACE)
target_compile_options(menacedb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<BOOL:${MENACEDB_WARNINGS_AS_ERRORS}>:-Werror>)

if(MENACEDB_SANITIZE)
  target_compile_options(menacedb_options INTERFACE
    -fsanitize=${MENACEDB_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(menacedb_options INTERFACE -fsanitize=${MENACEDB_SANITIZE})
elseif(MENACEDB_STATIC_RUNTIME)
  target_link_options(menacedb_options INTERFACE -static-libstdc++ -static-libgcc)
endif()

# menacedb_library(<name> SOURCES <file>... [DEPENDS <target>...])
function(menacedb_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(menacedb_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(menacedb_${name} PUBLIC ${ARG_DEPENDS}
                        PRIVATE menacedb_options menacedb_warnings)
endfunction()
