#pragma once

// Threads that do the same at the same time, again and again.
//
// They live as long as the crew, because what is measured keeps things per thread: a thread that
// was made for one block would measure the cold start. The first of them is the caller. Who has no
// part in a block sleeps.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>

namespace bench {

class Crew {
 public:
  /// What a block cost, in nanoseconds.
  struct Cost {
    double wall = 0;  ///< from the first beginning to the last end
    double each = 0;  ///< from a thread's beginning to its end, on average
    double cpu = 0;   ///< that a thread used, on average
    /// Someone else's work took a core away from a thread, or let it begin late. Waiting for a lock
    /// is not that.
    bool disturbed = false;
  };
  using Work = std::function<void(unsigned member)>;

  explicit Crew(unsigned size);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Runs `work` on the first `active` members, each with its number, beginning together. Answers
  /// after the last has ended. What it throws ends the program.
  Cost run(unsigned active, const Work& work);

 private:
  struct Member {
    std::atomic<std::uint64_t> blocks = 0;  ///< that it was called to; the next one wakes it
    std::chrono::steady_clock::time_point began{};
    std::chrono::steady_clock::time_point ended{};
    double cpu = 0;
    bool preempted = false;
    std::thread thread{};  ///< none of the first
  };

  void serve(unsigned number);
  void take_part(unsigned number);
  static void call(Member& member);

  // Written before a member is called, and read by it after.
  unsigned active_ = 0;
  const Work* work_ = nullptr;  ///< none: the end
  std::atomic<unsigned> ready_ = 0;
  std::atomic<unsigned> done_ = 0;
  std::deque<Member> members_;
};

}  // namespace bench
