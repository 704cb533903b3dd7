#include "bench/crew.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kTogether{10};

/// Nanoseconds of CPU that this thread has used.
double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// How often this thread had to give its core away.
long preemptions() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

double ns(Clock::duration time) { return std::chrono::duration<double, std::nano>(time).count(); }

/// Waits without giving the core away, so that all go on at the same moment; unless it takes long,
/// because there are more threads than cores.
template <class Condition>
void spin_until(Condition condition) {
  for (unsigned spins = 0; !condition(); ++spins)
    if (spins > 100'000) std::this_thread::yield();
}

}  // namespace

Crew::Crew(unsigned size) {
  for (unsigned number = 0; number < size; ++number) members_.emplace_back();
  for (unsigned number = 1; number < size; ++number)
    members_[number].thread = std::thread([this, number] { serve(number); });
}

Crew::~Crew() {
  work_ = nullptr;
  for (Member& member : members_) {
    call(member);
    if (member.thread.joinable()) member.thread.join();
  }
}

void Crew::call(Member& member) {
  ++member.blocks;
  member.blocks.notify_one();
}

Crew::Cost Crew::run(unsigned active, const Work& work) {
  active_ = active;
  work_ = &work;
  ready_ = 0;
  done_ = 0;
  for (unsigned number = 1; number < active; ++number) call(members_[number]);
  take_part(0);
  for (unsigned done = done_; done != active; done = done_) done_.wait(done);

  Cost cost;
  auto first = members_.front().began;
  auto latest_began = first;
  auto last = members_.front().ended;
  for (unsigned number = 0; number < active; ++number) {
    const Member& member = members_[number];
    first = std::min(first, member.began);
    last = std::max(last, member.ended);
    cost.each += ns(member.ended - member.began) / active;
    cost.cpu += member.cpu / active;
    latest_began = std::max(latest_began, member.began);
    cost.disturbed |= member.preempted;
  }
  cost.wall = ns(last - first);
  cost.disturbed |= latest_began - first > kTogether;
  return cost;
}

void Crew::serve(unsigned number) {
  for (std::uint64_t blocks = 0;; ++blocks) {
    members_[number].blocks.wait(blocks);
    if (work_ == nullptr) return;
    take_part(number);
  }
}

void Crew::take_part(unsigned number) {
  Member& member = members_[number];
  ++ready_;
  spin_until([this] { return ready_ >= active_; });
  const long preemptions_before = preemptions();
  const double cpu_began = cpu_now();
  member.began = Clock::now();
  (*work_)(number);
  member.ended = Clock::now();
  member.cpu = cpu_now() - cpu_began;
  member.preempted = preemptions() != preemptions_before;
  ++done_;
  done_.notify_one();
}

}  // namespace bench
