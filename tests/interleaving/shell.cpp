// KeySource without a lock: one function for each stretch during which it holds its lock, and one
// for each stretch between.

#include "interleaving/world.hpp"

namespace interleaving {

using jwks::source::KeysInHand;
using jwks::source::MissStep;
using std::chrono::seconds;

void World::collect_shell_steps() {
  for (Caller& caller : callers_)
    if (runnable(caller)) offer(10, [this, &caller] { run_caller(caller); });
  for (Operator& op : operators_)
    if (runnable(op)) offer(10, [this, &op] { run_operator(op); });
  for (Flying& flying : flights_)
    if (runnable(flying)) offer(10, [this, &flying] { run_flight(flying); });
  const bool timer_due = timer_.at != ActorAt::idle || (armed_ && now_ >= *armed_);
  if (timer_due && !(locked_ && timer_.at != ActorAt::posting)) offer(10, [this] { run_timer(); });
  if (importer_.at != ActorAt::idle && (!locked_ || importer_.at == ActorAt::showing))
    offer(10, [this] { run_importer(); });
  if (closing_)
    offer(10, [this] {
      note("close: everybody is told");
      closing_ = false;
      armed_.reset();
      notify();
    });
}

// --- Callers ---

World::Caller& World::new_caller(unsigned kid, How how) {
  Caller& caller = callers_.emplace_back();
  caller.how = how;
  caller.facts.kid = kid;
  caller.inquiry.hint = {
      .has_key_id = true, .key_id = name_of(kid), .algorithm = jwks::Algorithm::ed25519};
  return caller;
}

bool World::runnable(const Caller& caller) const {
  switch (caller.at) {
    case CallerAt::look:
    case CallerAt::enter:
    case CallerAt::posting:
      return true;
    case CallerAt::look_again:
    case CallerAt::ask:
      return !locked_;
    case CallerAt::parked:
      return !locked_ && (caller.notified || now_ >= caller.facts.deadline);
    case CallerAt::done:
      break;
  }
  return false;
}

void World::run_caller(Caller& caller) {
  switch (caller.at) {
    case CallerAt::look:
      return look(caller);
    case CallerAt::look_again:
      return look_under_lock(caller);
    case CallerAt::enter:
      caller.facts.deadline = now_ + options_.caller_wait;
      caller.facts.may_wait = caller.how == How::waits && options_.caller_wait.count() > 0;
      caller.at = CallerAt::ask;
      return;
    case CallerAt::ask:
      return ask(caller);
    case CallerAt::posting:
      note("caller of ", name_of(caller.facts.kid), ": posts a flight");
      post(caller.posts);
      if (caller.keys) return judge(caller);
      caller.at = CallerAt::ask;
      return;
    case CallerAt::parked:
      return wake(caller);
    case CallerAt::done:
      return;
  }
}

/// The look that takes no lock but the snapshot's own.
void World::look(Caller& caller) {
  if (!shown_ || now_ >= shown_->soft_at) {
    caller.at = CallerAt::look_again;
    return;
  }
  const auto age = std::max(Duration(0), now_ - shown_->validated_at);
  caller.keys =
      KeysInHand{shown_, false, std::chrono::floor<seconds>(age), now_ < shown_->removed_until};
  // Until the lock is released the next set is not out yet.
  if (!locked_ && has_key(*caller.keys, caller.facts.kid))
    oracle_->used(caller.facts.kid, *caller.keys, now_);
  judge(caller);
}

void World::look_under_lock(Caller& caller) {
  observe();
  caller.keys = machine_->in_hand(now_);
  if (!caller.keys->snapshot) return judge(caller);
  if (has_key(*caller.keys, caller.facts.kid)) oracle_->used(caller.facts.kid, *caller.keys, now_);
  caller.posts = machine_->begin_due(now_);
  if (!caller.posts) return judge(caller);
  oracle_->began(*caller.posts, now_, nullptr);
  caller.at = CallerAt::posting;
}

void World::judge(Caller& caller) {
  CallerFacts& facts = caller.facts;
  const bool known = has_key(*caller.keys, facts.kid);
  if (known && caller.forged && options_.bad_signature_refresh &&
      holds(content_of(caller.keys->snapshot->body_hash), facts.kid)) {
    note("caller of ", name_of(facts.kid), ": does not trust it");
    facts.distrusts = caller.inquiry.distrusted = caller.keys->snapshot->generation;
    caller.at = CallerAt::enter;
  } else {
    note("caller of ", name_of(facts.kid), known ? ": is accepted" : ": does not find it");
    if (known) require(++facts.answers == 1, "every caller gets one answer");
    caller.accepted = known;
    caller.at = known ? CallerAt::done : CallerAt::enter;
  }
  caller.keys.reset();
}

void World::ask(Caller& caller) {
  if (caller.facts.came == 0) caller.miss = machine_->begin_miss(caller.inquiry);
  oracle_->asks(caller.facts);
  const MissStep step = machine_->next(caller.miss, now_);
  if (step.launch) {
    note("caller of ", name_of(caller.facts.kid), ": begins flight ", step.launch->number);
    oracle_->began(*step.launch, now_, &caller.facts);
    oracle_->told_to_wait(caller.facts, now_);
    caller.posts = step.launch;
    caller.at = CallerAt::posting;
    return;
  }
  if (step.kind != MissStep::Kind::wait) return answer(caller, step, Asked::machine);
  oracle_->told_to_wait(caller.facts, now_);
  if (!caller.facts.may_wait) {
    if (caller.how == How::cached && jwks::source::usable_at_once(machine_->state(now_)))
      return answer(caller, machine_->turn_away(now_), Asked::turned_away);
    return give_up(caller, /*waited=*/false);
  }
  if (waiters_ >= options_.max_waiters)
    return answer(caller, machine_->turn_away(now_), Asked::turned_away);
  if (now_ >= caller.facts.deadline) return give_up(caller, /*waited=*/true);
  note("caller of ", name_of(caller.facts.kid), ": waits");
  ++waiters_;
  caller.seen_changes = changes_;
  caller.notified = false;
  caller.at = CallerAt::parked;
}

void World::wake(Caller& caller) {
  caller.notified = false;
  if (changes_ == caller.seen_changes && now_ < caller.facts.deadline) return;
  --waiters_;
  if (changes_ != caller.seen_changes) return ask(caller);
  give_up(caller, /*waited=*/true);
}

void World::give_up(Caller& caller, bool waited) {
  if (waited) oracle_->gave_up(now_);
  answer(caller, machine_->give_up(caller.miss, now_, waited), Asked::gave_up);
}

void World::answer(Caller& caller, const MissStep& step, Asked asked) {
  caller.accepted = step.kind == MissStep::Kind::use;
  if (step.error) caller.refusal = step.error->code();
  note("caller of ", name_of(caller.facts.kid), ": ",
       caller.accepted ? std::string("is accepted")
       : step.error    ? step.error->message()
                       : std::string("no answer"));
  oracle_->answered(caller.facts, step, asked, now_);
  caller.at = CallerAt::done;
}

// --- Operators ---

bool World::runnable(const Operator& op) const {
  switch (op.at) {
    case OperatorAt::loop:
      return !locked_;
    case OperatorAt::parked:
      return !locked_ && (op.notified || now_ >= op.deadline);
    case OperatorAt::posting:
      return true;
    case OperatorAt::done:
      break;
  }
  return false;
}

void World::run_operator(Operator& op) {
  switch (op.at) {
    case OperatorAt::posting:
      note("operator: posts a flight");
      post(op.posts);
      op.at = OperatorAt::loop;
      return;
    case OperatorAt::parked:
      op.notified = false;
      if (changes_ != op.seen_changes) return operate(op);
      if (now_ >= op.deadline) op.at = OperatorAt::done;
      return;
    case OperatorAt::loop:
      return operate(op);
    case OperatorAt::done:
      return;
  }
}

void World::operate(Operator& op) {
  op.at = OperatorAt::done;
  if (!op.newest_before) {
    op.newest_before = machine_->newest_flight();
    op.deadline = now_ + seconds(10);
  }
  if (machine_->offline()) return;
  if (machine_->finished_flight() > *op.newest_before) return;
  op.posts = machine_->begin_manual(now_);
  if (op.posts) {
    note("operator: begins flight ", op.posts->number);
    oracle_->began(*op.posts, now_, nullptr);
    op.at = OperatorAt::posting;
    return;
  }
  require(oracle_->flying(now_), "an operator is refused only where a flight is under way");
  if (now_ >= op.deadline) return;
  op.seen_changes = changes_;
  op.notified = false;
  op.at = OperatorAt::parked;
}

void World::close() {
  note("close");
  machine_->go_offline(jwks::ErrorReason::closed);
  oracle_->closed();
  ++changes_;
  closing_ = true;
}

/// What is told to an observer: each change once, and no gap between two of them.
void World::observe() {
  const auto change = machine_->observe(now_);
  if (!change) {
    require(observed_ == oracle_->state(now_), "a change of state is told");
    return;
  }
  require(change->first == observed_ && change->second == oracle_->state(now_) &&
              change->first != change->second,
          "changes of state are told once, in order");
  observed_ = change->second;
}

}  // namespace interleaving
