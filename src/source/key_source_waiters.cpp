// How a KeySource serves callers that wait without a thread: it parks them, and whatever changes
// its keys, the end of their patience, or its own end takes them out again.

#include <functional>
#include <iterator>
#include <utility>

#include "source/key_source.hpp"
#include "source/outbox.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

std::optional<Result<KeysInHand>> KeySource::keys_for(const Inquiry& inquiry,
                                                      const std::function<OnKeys()>& park_as) {
  const bool may_wait = settings_.cache.caller_wait > std::chrono::milliseconds(0);
  Waiters waiter;  // made without the lock, when it turns out that it is needed
  Outbox outbox(*this);
  std::unique_lock lock(sync_.mutex);
  SteadyTime at = now();
  const SteadyTime deadline = at + settings_.cache.caller_wait;
  counters_.count_miss();
  Miss miss = machine_.begin_miss(inquiry);
  for (;;) {
    MissStep step = ask(lock, miss, at);
    if (step.kind == MissStep::Kind::wait) {
      if (may_wait && *waiters_ >= settings_.cache.max_waiters) {
        step = machine_.turn_away(at);
      } else if (may_wait && waiter.empty()) {
        lock.unlock();
        waiter.push_back({.inquiry = inquiry, .deadline = deadline, .then = park_as()});
        lock.lock();
        at = now();
        continue;
      } else if (may_wait && park(waiter, miss)) {
        return std::nullopt;
      } else {
        step = machine_.give_up(miss, at, /*waited=*/false);
      }
    }
    return answer(std::move(step), at, inquiry.hint, outbox);
  }
}

bool KeySource::park(Waiters& waiter, const Miss& miss) noexcept {
  Waiter& one = waiter.front();
  // The end of its time must come, whatever else does.
  if (!rearm(one.deadline)) return false;
  one.miss = miss;
  one.miss.inquiry = &one.inquiry;
  auto place = parked_.end();
  while (place != parked_.begin() && std::prev(place)->deadline > one.deadline) --place;
  one.seat = Seat(waiters_);
  parked_.splice(place, waiter);
  return true;
}

KeySource::Served KeySource::serve(Whom whom, SteadyTime at, Outbox& outbox) noexcept {
  Served served;
  for (auto next = parked_.begin(); next != parked_.end();) {
    const auto waiter = next++;
    if (whom == Whom::late && waiter->deadline > at) break;
    if (!settle(*waiter, at, served.launch, outbox)) continue;
    served.waiters.splice(served.waiters.end(), parked_, waiter);
  }
  return served;
}

bool KeySource::settle(Waiter& waiter, SteadyTime at, std::optional<Flight>& flight,
                       Outbox& outbox) noexcept {
  try {
    MissStep step = machine_.next(waiter.miss, at);
    if (step.launch) flight = std::move(step.launch);
    if (step.kind == MissStep::Kind::wait) {
      if (at < waiter.deadline) return false;
      step = machine_.give_up(waiter.miss, at, /*waited=*/true);
      outbox.add({.kind = EventKind::wait_timed_out});
    }
    waiter.answer = answer(std::move(step), at, waiter.inquiry.hint, outbox);
  } catch (...) {
    waiter.answer = Error(ErrorCode::out_of_memory);
  }
  return true;
}

void KeySource::dismiss(Served&& served) noexcept {
  if (served.launch) launch(*served.launch);
  for (Waiter& waiter : served.waiters) call_back(std::move(waiter), executor_.get());
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
