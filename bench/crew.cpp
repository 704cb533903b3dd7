#include "bench/crew.hpp"

#include <chrono>
#include <ctime>

namespace bench {
namespace {

/// Nanoseconds of CPU that this thread has used.
double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

}  // namespace

Crew::Crew(unsigned size) : size_(size) {
  for (unsigned member = 1; member < size; ++member)
    helpers_.emplace_back([this, member] { serve(member); });
}

Crew::~Crew() {
  work_ = nullptr;
  ++round_;
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

const std::vector<Crew::Cost>& Crew::run(unsigned active, const Work& work) {
  active_ = active;
  work_ = &work;
  costs_.assign(active, {});
  ready_ = 0;
  done_ = 0;
  ++round_;
  round_.notify_all();
  take_part(0);
  // Helpers without a part in this round report as well, so that none sleeps over two rounds.
  while (done_ != size_) std::this_thread::yield();
  return costs_;
}

void Crew::serve(unsigned member) {
  for (std::uint64_t seen = 0;;) {
    round_.wait(seen);
    seen = round_;
    if (work_ == nullptr) return;
    take_part(member);
  }
}

void Crew::take_part(unsigned member) {
  if (member < active_) {
    ++ready_;
    while (ready_ < active_) std::this_thread::yield();
    const auto began = std::chrono::steady_clock::now();
    const double cpu_began = cpu_now();
    (*work_)(member);
    costs_[member] = {
        .wall = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began)
                    .count(),
        .cpu = cpu_now() - cpu_began};
  }
  ++done_;
}

}  // namespace bench
