# Writes a C++ source that defines a function which returns a text file's content.
#
#   cmake -DINPUT=<file> -DOUTPUT=<.cpp> -DHEADER=<its header> -DFUNCTION=<name> -P EmbedText.cmake
#
# As numbers: compilers limit how long a string literal is, and no text ends an array early.
cmake_minimum_required(VERSION 3.25)

file(READ "${INPUT}" bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n    " bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
get_filename_component(name "${INPUT}" NAME)

file(WRITE "${OUTPUT}" "// Made from ${name} by cmake/EmbedText.cmake.

#include \"${HEADER}\"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr unsigned char kText[] = {
    ${bytes}
};

}  // namespace

std::string_view ${FUNCTION}() noexcept {
  return {reinterpret_cast<const char*>(kText), sizeof(kText)};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
")
