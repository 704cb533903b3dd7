#include "interleaving/world.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace interleaving {
namespace {

using jwks::source::Flight;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr unsigned kSteps = 60;
constexpr unsigned kStepsOfLongOne = 600;  // one schedule in 50
constexpr unsigned kStepsToRest = 3000;

/// What the machine gets for chance; the same for all of a schedule.
double chance = 0;
double given_chance() noexcept { return chance; }

}  // namespace

World::World(std::uint64_t seed, std::vector<std::string>* trace) : dice_(seed), trace_(trace) {
  choose_options();
  chance = jitter_;
  oracle_.emplace(options_, jitter_);
  machine_.emplace(options_, jwks::source::Location{.jwks_uri = "https://issuer.example/jwks"},
                   &given_chance, jwks::source::SipHashKey{seed, 1});
  publish(1 + dice_.below(kAllKeys));
  if (options_.background_refresh) armed_ = now_;
}

void World::choose_options() {
  options_.max_stale = dice_.any<seconds>({seconds(0), seconds(60), seconds(3600)});
  options_.caller_wait = milliseconds(dice_.percent(85) ? 3000 : 0);
  options_.background_refresh = dice_.percent(60);
  options_.kid_miss_refresh = dice_.percent(90);
  options_.bad_signature_refresh = dice_.percent(20);
  if (dice_.percent(20))
    options_.removed_key_grace = dice_.any<seconds>({seconds(5), seconds(300), hours(1)});
  if (dice_.percent(20)) options_.empty_set = jwks::EmptySet::revoke_all;
  options_.forced_refresh_burst = 1 + dice_.below(3);
  options_.forced_refresh_interval = seconds(dice_.percent(80) ? 30 : 2);
  options_.max_waiters = dice_.percent(80) ? 100 : 1 + dice_.below(3);
  jitter_ = dice_.any({0.0, 0.5, 0.9999});
  failing_percent_ = dice_.any({0U, 10U, 40U, 95U});
  lost_percent_ = dice_.any({0U, 0U, 20U});
  time_weight_ = dice_.any({2U, 10U, 40U});
  note("max_stale ", options_.max_stale.count(), " s, caller_wait ", options_.caller_wait.count(),
       " ms, background ", options_.background_refresh, ", kid_miss_refresh ",
       options_.kid_miss_refresh, ", burst ", options_.forced_refresh_burst, ", grace ",
       options_.removed_key_grace.count(), " s, chance ", jitter_);
}

// --- The scheduler ---

void World::run() {
  const unsigned steps = dice_.percent(2) ? kStepsOfLongOne : kSteps;
  for (unsigned i = 0; i < steps; ++i) {
    steps_.clear();
    collect_shell_steps();
    collect_world_steps();
    make_step();
  }
  epilogue();
}

void World::offer(unsigned weight, std::function<void()> run) {
  steps_.push_back({weight, std::move(run)});
}

void World::make_step() {
  unsigned total = 0;
  for (const Step& step : steps_) total += step.weight;
  unsigned chosen = dice_.below(total);
  for (const Step& step : steps_) {
    if (chosen >= step.weight) {
      chosen -= step.weight;
      continue;
    }
    step.run();
    break;
  }
  if (!locked_) oracle_->check(*machine_, now_);
  check_nobody_sleeps();
}

void World::collect_world_steps() {
  offer(time_weight_, [this] { advance(); });
  offer(12, [this] {
    const unsigned kid = dice_.below(kKids);
    new_caller(kid, dice_.percent(80) ? How::waits : How::cached).forged = dice_.percent(20);
  });
  offer(5, [this] { publish(dice_.below(kAllKeys + 1)); });
  if (locked_) return;
  if (operators_.size() < 3) offer(1, [this] { operators_.emplace_back(); });
  if (importer_.at == ActorAt::idle) offer(1, [this] { import_something(); });
  if (!oracle_->is_offline() && dice_.percent(3)) offer(1, [this] { close(); });
}

void World::publish(Content content) {
  note("issuer: publishes ", describe(content));
  oracle_->published(content);
  history_.push_back({now_, content});
}

void World::advance() {
  nanoseconds by{};
  if (dice_.percent(30)) {
    // To a point where something changes, and to both sides of it.
    std::array<SteadyTime, 8> points{};
    std::size_t count = 0;
    points[count++] = now_ + seconds(1);
    if (const auto& held = machine_->held()) {
      points[count++] = held->soft_at;
      points[count++] = held->fresh_until;
      points[count++] = held->stale_until;
    }
    if (const auto next = machine_->next_attempt(now_)) points[count++] = *next;
    if (!callers_.empty()) points[count++] = callers_.back().facts.deadline;
    const SteadyTime to = points[dice_.below(static_cast<unsigned>(count))];
    by = to - now_ + nanoseconds(static_cast<int>(dice_.below(3)) - 1);
  } else {
    by = dice_.any<nanoseconds>({milliseconds(1), milliseconds(100), milliseconds(999), seconds(1),
                                 seconds(3), seconds(10), seconds(30), seconds(60), seconds(121),
                                 seconds(300), hours(1)});
  }
  if (by <= nanoseconds(0)) return;
  now_ += by;
  note("time: +", std::chrono::duration<double>(by).count(), " s");
}

// --- What must hold between two steps ---

void World::check_nobody_sleeps() const {
  const auto busy = [](FlightAt at) {
    return at == FlightAt::showing || at == FlightAt::notifying;
  };
  const bool wake_up_is_coming =
      closing_ || importer_.at == ActorAt::showing || importer_.at == ActorAt::notifying ||
      std::any_of(flights_.begin(), flights_.end(), [&](const Flying& f) { return busy(f.at); });
  unsigned parked = 0;
  for (const Caller& caller : callers_) {
    if (caller.at != CallerAt::parked) continue;
    ++parked;
    const bool ended = machine_->finished_flight() >= caller.facts.waits_for || machine_->offline();
    require(!ended || caller.notified || wake_up_is_coming, "whose flight has ended is woken");
  }
  require(parked == waiters_ && parked <= options_.max_waiters, "waiters are counted");
  if (!options_.background_refresh || wake_up_is_coming || locked_) return;
  const bool arming = timer_.at != ActorAt::idle || importer_.at != ActorAt::idle ||
                      std::any_of(flights_.begin(), flights_.end(),
                                  [](const Flying& f) { return f.at == FlightAt::rearming; });
  if (arming) return;
  if (const auto due = oracle_->due_at(now_))
    require(armed_ && *armed_ <= std::max(*due, now_), "the timer is set for what is due");
}

// --- The end ---

/// Everybody goes on until nobody can, at one point in time, with an issuer that answers.
void World::drain() {
  healthy_ = true;
  for (unsigned i = 0; i < kStepsToRest; ++i) {
    steps_.clear();
    collect_shell_steps();
    if (steps_.empty()) return;
    make_step();
  }
  throw Violation("everything comes to rest");
}

const World::Caller& World::ask_for(unsigned kid) {
  const Caller& caller = new_caller(kid, How::waits);
  drain();
  require(caller.at == CallerAt::done, "a caller gets an answer when the issuer answers");
  return caller;
}

void World::refresh_by_operator() {
  const Operator& op = operators_.emplace_back();
  drain();
  require(op.at == OperatorAt::done, "a refresh ends when the issuer answers");
}

void World::epilogue() {
  note("-- the end: the issuer answers, everybody goes on --");
  if (history_.back().content == 0) publish(kAllKeys);
  drain();
  for (const Caller& caller : callers_)
    require(caller.facts.answers == 1, "every caller gets exactly one answer");
  if (oracle_->is_offline() || options_.caller_wait.count() == 0) return;

  // A key that was never seen is usable as soon as the limits admit it.
  const auto next_key = [&] { return (history_.back().content % kAllKeys) + 1; };
  for (int round = 0; round < 2; ++round) {
    publish(next_key());
    for (unsigned kid = 0; kid < kKeys; ++kid) {
      if (!holds(history_.back().content, kid)) continue;
      const bool admitted =
          oracle_->admits({.kid = kid}, now_) && !oracle_->remembered_as_absent(kid, now_);
      const Caller& caller = ask_for(kid);
      if (admitted) require(caller.accepted, "a published key is usable once a fetch is admitted");
    }
    now_ += seconds(400);  // longer than any back-off, and the bucket is full
    note("time: +400 s");
    if (!options_.kid_miss_refresh) refresh_by_operator();
    drain();
  }

  publish(next_key());
  refresh_by_operator();
  for (unsigned kid = 0; kid < kKids; ++kid) {
    const Caller& caller = ask_for(kid);
    const bool is_published = holds(history_.back().content, kid);
    if (!is_published && options_.removed_key_grace.count() > 0) continue;
    require(caller.accepted == is_published, "after a refresh what is published decides");
    if (!is_published)
      require(caller.refusal == jwks::ErrorCode::unknown_key, "an absent key is unknown");
  }
}

}  // namespace interleaving
