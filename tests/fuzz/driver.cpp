// Runs a fuzz target without libFuzzer, so that every build holds it to its corpus:
//
//   fuzz_http <folder> [changes]
//
// First each file of the folder, in the order of their names, then so many changes to them (default
// 3000), which are the same in every run. An input that ends the process is left in
// `fuzz-crash-<target>` in the working directory.

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

std::string current;     // what the target is looking at
std::string crash_file;  // where it goes if that ends the process

void keep_input(int signal) {
  if (std::FILE* const file = std::fopen(crash_file.c_str(), "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input is in %s\n", crash_file.c_str());
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::vector<std::string> read_corpus(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const fs::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Changes an input a little, or a lot with a piece of another.
class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string text = any();
    for (std::size_t i = below(4) + 1; i > 0; --i) change(text);
    return text;
  }

 private:
  const std::string& any() { return corpus_[below(corpus_.size())]; }
  // Not <random>'s distributions: their results differ between libraries.
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(32), text.size() - at);
    switch (below(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:  // again
        text.insert(at, text.substr(at, length));
        break;
      case 4:  // a piece of another
        text.insert(at, piece());
        break;
      case 5: {  // a character that means something somewhere
        constexpr std::string_view kSigns = "\"{}[]:,\\/*&?%=+\r\n \t\0-.0'#|>!@";
        text.insert(at, 1, kSigns[below(kSigns.size())]);
        break;
      }
      default:  // one number for another
        if (const auto digit = text.find_first_of("0123456789", at); digit != std::string::npos) {
          constexpr std::string_view kNumbers[] = {
              "-1", "0", "2147483648", "9223372036854775808", "1e400", "99999999999999999999999"};
          text.replace(digit, 1, kNumbers[below(std::size(kNumbers))]);
        }
    }
  }

  std::string piece() {
    const std::string& other = any();
    const std::size_t at = below(other.size() + 1);
    return other.substr(at, below(64));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{20'260'101};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s <folder> [changes]\n", argv[0]);
    return 2;
  }
  crash_file = "fuzz-crash-" + fs::path(argv[0]).filename().string();
  for (const int each : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(each, keep_input);
  const std::vector<std::string> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "there is nothing in %s\n", argv[1]);
    return 1;
  }
  for (const std::string& each : corpus) run(each);
  Mutator mutator(corpus);
  const int changes = argc > 2 ? std::atoi(argv[2]) : 3000;
  for (int i = 0; i < changes; ++i) run(mutator.next());
  std::printf("%zu inputs and %d changes to them\n", corpus.size(), changes);
}
