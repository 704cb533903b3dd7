#pragma once

// Threads that do the same at the same time, again and again.
//
// They live as long as the crew, because what is measured keeps things per thread: a thread that
// was made for one block would measure the cold start. The first of them is the caller.

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace bench {

class Crew {
 public:
  /// What one block cost one thread, in nanoseconds.
  struct Cost {
    double wall = 0;
    double cpu = 0;
  };
  using Work = std::function<void(unsigned member)>;

  explicit Crew(unsigned size);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  [[nodiscard]] unsigned size() const noexcept { return size_; }

  /// Runs `work` on the first `active` members, each with its number, beginning together. Answers
  /// after the last has ended. What it throws ends the program.
  const std::vector<Cost>& run(unsigned active, const Work& work);

 private:
  void serve(unsigned member);
  void take_part(unsigned member);

  unsigned size_;
  // A round is handed over by `round_`: everything below is written before it changes, and read
  // after; the way back is `done_`.
  std::atomic<std::uint64_t> round_ = 0;
  std::atomic<unsigned> ready_ = 0;
  std::atomic<unsigned> done_ = 0;
  unsigned active_ = 0;
  const Work* work_ = nullptr;  ///< none: the end
  std::vector<Cost> costs_;
  std::vector<std::thread> helpers_;
};

}  // namespace bench
