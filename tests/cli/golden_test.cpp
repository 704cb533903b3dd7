// The transcripts themselves: none is forgotten, and a difference is seen.

#include "cli/golden.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/catch.hpp"

namespace {

using namespace test;

/// All tests of this folder as one text.
std::string test_sources() {
  std::string all;
  const auto folder = std::filesystem::path(JWKS_GOLDEN_DIR).parent_path();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST_CASE("every transcript is named by a test") {
  const std::string sources = test_sources();
  std::size_t transcripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(JWKS_GOLDEN_DIR)) {
    CAPTURE(entry.path().string());
    CHECK(entry.path().extension() == ".txt");
    CHECK(sources.find('"' + entry.path().stem().string() + '"') != std::string::npos);
    ++transcripts;
  }
  CHECK(transcripts > 0);
}

TEST_CASE("a transcript shows the command, both outputs and the status") {
  CHECK(
      transcript_of({.arguments = {"verify", "a b", "it's"}, .input = "in"},
                    {.status = 1, .out = "one\n\ntwo\n", .err = "oh\n"}) ==
      "$ jwks verify 'a b' 'it'\\''s'\n< in\n(no end of line)\n> one\n>\n> two\n! oh\nstatus 1\n");
}

TEST_CASE("what varies is replaced by a name in a transcript") {
  CHECK(with_replacements("at 127.0.0.1:4711, 12 ms",
                          {{"127.0.0.1:4711", "HOST"}, {"[0-9]+ ms", "T ms", true}, {"", "x"}}) ==
        "at HOST, T ms");
}

TEST_CASE("the difference of two transcripts is what lies between equal ends") {
  CHECK(difference("a\nb\nc\n", "a\nb\nc\n").empty());
  CHECK(difference("a\nb\nc\n", "a\nx\ny\nc\n") == "from line 2:\n-b\n+x\n+y\n");
  CHECK(difference("a\n", "") == "from line 1:\n-a\n");
  CHECK(difference("a\n", "a") != "");
}

}  // namespace
