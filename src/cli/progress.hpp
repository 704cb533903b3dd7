#pragma once

// How far a command has come, for who sits in front of it: one line on standard error that is
// redrawn a few times a second and erased at the end. Nothing is shown where no terminal reads
// standard error, nor in the first second, which most commands don't outlive.

#include <condition_variable>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "jwks/clock.hpp"

namespace jwks::cli {

/// Where progress is shown, and by which clock.
struct ProgressOutput {
  std::ostream* stream;  ///< null: nowhere
  std::shared_ptr<Clock> clock;

  /// Standard error if it is a terminal, else nowhere.
  [[nodiscard]] static ProgressOutput of_standard_error();
};

/// Counts what is done. *Threading:* of one thread.
class Progress {
 public:
  /// `what` is counted, as in "tokens"; of `total`, if that is known and not 0.
  explicit Progress(std::string what, std::uint64_t total = 0,
                    ProgressOutput output = ProgressOutput::of_standard_error());
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Tells that so many are done by now. Cheap enough to be called for each of them.
  void update(std::uint64_t done);

 private:
  std::string what_;
  std::uint64_t total_;
  ProgressOutput output_;
  SteadyTime start_;
  SteadyTime next_;
  bool shown_ = false;
};

/// Shows for how long one thing has been waited for, while this object lives.
class Waiting {
 public:
  /// `what` as in "waiting for https://issuer.example.com".
  explicit Waiting(std::string what, ProgressOutput output = ProgressOutput::of_standard_error());
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  void show(const std::string& what, const ProgressOutput& output);

  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace jwks::cli
