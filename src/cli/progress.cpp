#include "cli/progress.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <utility>

#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::milliseconds kBetween{200};
/// To the first column, and nothing to its right.
constexpr const char* kEraseLine = "\r\x1b[K";

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

ProgressOutput ProgressOutput::of_standard_error() {
  return {is_terminal(STDERR_FILENO) ? &std::cerr : nullptr, Clock::system()};
}

Progress::Progress(std::string what, std::uint64_t total, ProgressOutput output)
    : what_(std::move(what)),
      total_(total),
      output_(std::move(output)),
      start_(output_.clock->steady_now()),
      next_(start_ + kPatience) {}

Progress::~Progress() {
  if (shown_) *output_.stream << kEraseLine << std::flush;
}

void Progress::update(std::uint64_t done) {
  if (output_.stream == nullptr) return;
  const SteadyTime now = output_.clock->steady_now();
  if (now < next_) return;
  next_ = now + kBetween;
  shown_ = true;
  const auto rate =
      static_cast<std::uint64_t>(static_cast<double>(done) / seconds_between(start_, now));
  *output_.stream << kEraseLine << done;
  if (total_ > 0) *output_.stream << " of " << total_;
  *output_.stream << ' ' << what_ << ", " << rate << " per second" << std::flush;
}

Waiting::Waiting(std::string what, ProgressOutput output) {
  if (output.stream == nullptr) return;
  thread_ = std::thread(
      [this, what = std::move(what), output = std::move(output)] { show(what, output); });
}

Waiting::~Waiting() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Waiting::show(const std::string& what, const ProgressOutput& output) {
  const SteadyTime start = output.clock->steady_now();
  SteadyTime next = start + kPatience;
  bool shown = false;
  std::unique_lock lock(mutex_);
  while (!over_) {
    output.clock->wait_until(ended_, lock, next);
    if (over_) break;
    const SteadyTime now = output.clock->steady_now();
    if (now < next) continue;
    next = now + std::chrono::seconds(1);
    shown = true;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - start);
    *output.stream << kEraseLine << what << ", " << seconds.count() << " s" << std::flush;
  }
  if (shown) *output.stream << kEraseLine << std::flush;
}

}  // namespace jwks::cli
