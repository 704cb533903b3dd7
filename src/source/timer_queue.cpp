#include "source/timer_queue.hpp"

#include <algorithm>

namespace jwks {
inline namespace v0 {
namespace source {

TimerQueue::Queue& TimerQueue::queue_of(const Clock& clock) {
  const auto found = std::find_if(lanes_.begin(), lanes_.end(),
                                  [&](const Lane& lane) { return lane.clock == &clock; });
  return (found != lanes_.end() ? *found : lanes_.emplace_back(Lane{.clock = &clock})).queue;
}

/// Takes an entry out of its clock's queue, and the queue away with the last one.
void TimerQueue::drop(const Clock& clock, SteadyTime due, const Timed* target) noexcept {
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                 [&](const Lane& each) { return each.clock == &clock; });
  if (lane == lanes_.end()) return;
  lane->queue.erase({due, target});
  if (lane->queue.empty()) lanes_.erase(lane);
}

std::optional<TimerQueue::Timer> TimerQueue::set(const std::shared_ptr<Timed>& target,
                                                 const std::shared_ptr<Clock>& clock,
                                                 SteadyTime due, bool& first) {
  const Timed* const name = target.get();
  auto found = timers_.find(name);
  if (found != timers_.end() && found->second.clock == clock && found->second.due == due) {
    first = false;
    found->second.target = target;  // the one before may have lived at the same address
    return std::nullopt;
  }
  try {
    Queue& queue = queue_of(*clock);
    queue.emplace(due, name);
    first = queue.begin()->second == name;
    if (found == timers_.end()) {
      timers_.emplace(name, Timer{target, clock, due});
      return std::nullopt;
    }
  } catch (...) {
    drop(*clock, due, name);
    throw;
  }
  Timer replaced = std::exchange(found->second, Timer{target, clock, due});
  drop(*replaced.clock, replaced.due, name);
  return replaced;
}

std::optional<TimerQueue::Timer> TimerQueue::remove(const Timed* target) noexcept {
  const auto found = timers_.find(target);
  if (found == timers_.end()) return std::nullopt;
  Timer timer = std::move(found->second);
  timers_.erase(found);
  drop(*timer.clock, timer.due, target);
  return timer;
}

std::optional<TimerQueue::Timer> TimerQueue::take_due() noexcept {
  for (const Lane& lane : lanes_) {
    const auto [due, target] = *lane.queue.begin();
    if (due <= lane.clock->steady_now()) return remove(target);
  }
  return std::nullopt;
}

std::optional<TimerQueue::Next> TimerQueue::next() const {
  if (lanes_.size() != 1) return std::nullopt;
  const auto [due, target] = *lanes_.front().queue.begin();
  return Next{timers_.at(target).clock, due};
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
