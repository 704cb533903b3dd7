#include "cli/verify/batch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "cli/verify/batch_judge.hpp"
#include "cli/verify/line_reader.hpp"

namespace jwks::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{200};

/// The answers to a block of lines.
struct BlockAnswer {
  std::string text{};
  std::uint64_t lines = 0;
  bool rejected = false;     ///< one at least, or it was a bad line
  bool unavailable = false;  ///< one at least
};

/// The input, closed at the end unless it is standard input.
class InputFile {
 public:
  explicit InputFile(const std::string& path)
      : descriptor_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ >= 0) return;
    throw std::system_error(errno, std::generic_category(), "can't read " + text::escape(path));
  }
  ~InputFile() {
    if (descriptor_ != STDIN_FILENO) close(descriptor_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

void append_answer(BlockAnswer& block, const Answer& answer) {
  block.text.append(R"({"id":)").append(answer.id).append(",");
  append_members(block.text, answer.verdict);
  block.text += "}\n";
  const Status status = answer.verdict.status;
  block.unavailable |= status == Status::unavailable;
  block.rejected |= status == Status::rejected || status == Status::usage;
}

BlockAnswer judge_block(const BatchJudge& judge, const LineBlock& block) {
  BlockAnswer answer;
  std::string_view rest = block.text;
  for (; !rest.empty(); ++answer.lines) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;  // nothing was asked
    append_answer(answer, judge.judge(line, block.first + answer.lines));
  }
  return answer;
}

/// Has blocks judged by as many threads as are allowed, and prints the answers in order.
class Pipeline {
 public:
  Pipeline(const BatchJudge& judge, std::size_t jobs) : judge_(judge), jobs_(jobs) {}

  // These return false when standard output does not take what is printed.

  bool add(LineBlock block) {
    if (pending_.size() == jobs_ && !print_oldest()) return false;
    pending_.push_back(
        std::async(std::launch::async, judge_block, std::cref(judge_), std::move(block)));
    return true;
  }
  bool print_all() {
    while (!broken_ && !pending_.empty() && print_oldest()) {
    }
    return !broken_;
  }

  [[nodiscard]] Status status() const noexcept {
    if (broken_) return Status::usage;
    if (unavailable_) return Status::unavailable;
    return rejected_ ? Status::rejected : Status::accepted;
  }

 private:
  bool print_oldest() {
    // Who waits for an issuer sees that, too.
    while (pending_.front().wait_for(kPatience) == std::future_status::timeout) {
      progress_.update(lines_);
    }
    const BlockAnswer answer = pending_.front().get();
    pending_.pop_front();
    rejected_ |= answer.rejected;
    unavailable_ |= answer.unavailable;
    std::cout << answer.text;
    broken_ = !flush_output();
    if (broken_) return false;
    lines_ += answer.lines;
    progress_.update(lines_);
    return true;
  }

  const BatchJudge& judge_;
  std::size_t jobs_;
  std::deque<std::future<BlockAnswer>> pending_;
  std::uint64_t lines_ = 0;
  Progress progress_{"lines"};
  bool rejected_ = false;
  bool unavailable_ = false;
  bool broken_ = false;  ///< standard output
};

}  // namespace

Status run_batch(const VerifyArguments& arguments) {
  const auto judge = BatchJudge::create(arguments);
  if (!judge) return Status::usage;
  const InputFile input(arguments.input.token);
  if (input.descriptor() == STDIN_FILENO) announce_standard_input("JSON Lines");
  LineReader reader(input.descriptor());
  Pipeline pipeline(*judge, arguments.jobs);
  const auto print_all = [&pipeline] { return pipeline.print_all(); };
  while (auto block = reader.next(print_all)) {
    if (!pipeline.add(*std::move(block))) break;
  }
  pipeline.print_all();
  return pipeline.status();
}

}  // namespace jwks::cli
