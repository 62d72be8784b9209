# The race against a foreign writer: five seconds in ctest, longer by
# `cmake --build <folder> --target wal_reset_race_long`.
menacedb_test(crash.wal_reset_race
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/wal_reset_race_test.cpp
  DEPENDS menacedb_db)
add_custom_target(wal_reset_race_long
  COMMAND ${CMAKE_COMMAND} -E env MENACEDB_RACE_SECONDS=300 $<TARGET_FILE:test_crash_wal_reset_race>
  USES_TERMINAL)
