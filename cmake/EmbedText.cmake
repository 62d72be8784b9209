# Run as `cmake -D INPUT=<file> -D OUTPUT=<file.cpp> -D NAME=<constant> -P EmbedText.cmake`: writes
# a source file that holds the text of a file as a constant.
file(READ "${INPUT}" content)
get_filename_component(input_name "${INPUT}" NAME)
file(WRITE "${OUTPUT}.new" "// Made from ${input_name}; do not edit.
#include \"cli/commands/templates.hpp\"

namespace menacedb {

const std::string_view ${NAME} = R\"embedded(${content})embedded\";

} // namespace menacedb
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}")
