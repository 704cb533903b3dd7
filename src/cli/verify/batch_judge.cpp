#include "cli/verify/batch_judge.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/key_files.hpp"
#include "cli/terminal.hpp"
#include "cli/verify/line_reader.hpp"
#include "jwks/verify.hpp"

namespace jwks::cli {
namespace {

std::string describe(const Error& error) {
  if (error.category() != ErrorCategory::configuration) return error.message();
  return std::string(error.subject()) + ": " + std::string(error.detail());
}

bool is_secret(const JsonValue& jwk) {
  const auto type = jwk.find("kty");
  return type && type->as_string() == "oct";
}

bool has_secret(const JsonValue& set) {
  const auto keys = set.find("keys");
  if (!keys) return is_secret(set);
  return keys->is_array() && std::any_of(keys->begin(), keys->end(), is_secret);
}

/// A JWK Set, or one JWK, as a set. An unusable key is left out, so that its token is refused with
/// the reason.
Result<JwkSet> parse_keys(const JsonValue& jwks, bool allow_secrets) {
  if (allow_secrets && has_secret(jwks)) return JwkSet::parse_secrets(jwks.text());
  if (jwks.find("keys")) return JwkSet::parse(jwks.text());
  return JwkSet::parse(R"({"keys":[)" + std::string(jwks.text()) + "]}");
}

bool are_secrets(const JwkSet& keys) {
  return !keys.keys().empty() && keys.keys().front().is_secret();
}

/// The secret of the command line is for the lines that don't say otherwise.
bool forbids(const BatchLine& line, const JwkSet& keys) {
  return are_secrets(keys) && !line.allow_static_secrets.value_or(true);
}

}  // namespace

BatchJudge::BatchJudge(const VerifyArguments& arguments)
    : arguments_(arguments), clock_(std::make_shared<JudgingClock>(arguments.now)) {}

std::unique_ptr<BatchJudge> BatchJudge::create(const VerifyArguments& arguments) {
  std::unique_ptr<BatchJudge> judge(new BatchJudge(arguments));
  if (has_local_keys(arguments.rules.keys)) {
    judge->keys_ = load_key_files(arguments.rules.keys, arguments.rules.validation.algorithms);
    if (!judge->keys_) return nullptr;
  } else if (!arguments.rules.keys.jwks_uri.empty()) {
    try {
      (void)judge->network();
    } catch (const BadLine& fault) {
      complain(fault.what());
      return nullptr;
    }
  }
  return judge;
}

Answer BatchJudge::judge(std::string_view line, std::uint64_t number) const {
  Answer answer{.id = "null", .verdict = {}};
  try {
    if (line.size() > LineReader::kMaxLine) {
      throw BadLine("longer than " + std::to_string(LineReader::kMaxLine) + " bytes");
    }
    const auto document = json::parse_object(line);
    if (!document) throw BadLine(document.error().message());
    answer.id = std::to_string(number);
    answer.verdict = judge(read_line(document->root(), answer.id));
  } catch (const BadLine& fault) {
    answer.verdict =
        Verdict::bad_input("line " + std::to_string(number) + ": " + std::string(fault.what()));
  }
  return answer;
}

Verdict BatchJudge::judge(const BatchLine& line) const {
  const auto verified = [&]() -> Result<VerifiedToken> {
    if (line.jwks) return verify(line, keys_of(line));
    if (keys_) return verify(line, forbids(line, *keys_) ? JwkSet() : *keys_);
    const JudgingClock::Override now(line.now);
    return verifier_for(line)->verify(*line.token);
  }();
  return verified ? Verdict::accepted() : Verdict::of(verified.error());
}

Result<VerifiedToken> BatchJudge::verify(const BatchLine& line, const JwkSet& keys) const {
  const ValidationPolicy policy = policy_for(line, are_secrets(keys));
  return jwks::verify(*line.token, keys, policy, line.now.value_or(clock_->wall_now()));
}

JwkSet BatchJudge::keys_of(const BatchLine& line) const {
  const bool allow_secrets = line.allow_static_secrets.value_or(false);
  std::string text(allow_secrets ? "+" : "-");
  text += line.jwks->text();
  if (auto known = key_sets_.find(text)) return *std::move(known);
  const auto keys = parse_keys(*line.jwks, allow_secrets);
  if (!keys) throw BadLine("jwks: " + describe(keys.error()));
  key_sets_.insert(std::move(text), *keys);
  return *keys;
}

ValidationOptions BatchJudge::options_for(const BatchLine& line) const {
  return line.policy.apply_to(arguments_.rules.validation);
}

ValidationPolicy BatchJudge::policy_for(const BatchLine& line, bool secrets) const {
  std::string text = line.policy.key() + (secrets ? '+' : '-');
  if (auto known = policies_.find(text)) return *std::move(known);
  ValidationOptions options = options_for(line);
  const bool of_secrets = options.algorithms.intersects(kSymmetricAlgorithms);
  if (of_secrets != secrets && !line.policy.has(PolicyOverrides::algorithms)) {
    options.algorithms = secrets ? kSymmetricAlgorithms : kDefaultAlgorithms;
  }
  const auto policy = ValidationPolicy::create(std::move(options));
  if (!policy) throw BadLine(describe(policy.error()));
  policies_.insert(std::move(text), *policy);
  return *policy;
}

BatchJudge::SharedVerifier BatchJudge::verifier_for(const BatchLine& line) const {
  std::string text = line.policy.key();
  if (auto known = verifiers_.find(text)) return *std::move(known);
  auto verifier = network()->sharing_keys(options_for(line));
  if (!verifier) throw BadLine(describe(verifier.error()));
  auto shared = std::make_shared<const JwksVerifier>(std::move(verifier).value());
  verifiers_.insert(std::move(text), shared);
  return shared;
}

BatchJudge::SharedVerifier BatchJudge::network() const {
  const std::lock_guard lock(network_mutex_);
  if (!network_) network_ = make_network();
  return network_;
}

BatchJudge::SharedVerifier BatchJudge::make_network() const {
  if (arguments_.rules.keys.jwks_uri.empty() && arguments_.rules.keys.issuer.empty()) {
    throw BadLine("no keys: the line has none, and no option says where they are");
  }
  // It is never asked itself, only holds the keys: what it would accept is for lines to say. Only
  // keys that were discovered are those of one issuer.
  VerifierOptions options = network_options(arguments_.rules, clock_);
  if (!options.jwks_uri.empty()) options.issuer.clear();
  options.validation = {.allow_any_issuer = options.issuer.empty(),
                        .allow_any_audience = true,
                        .algorithms = options.validation.algorithms};
  auto verifier = JwksVerifier::create(std::move(options));
  if (!verifier) throw BadLine(option_fault(verifier.error()));
  return std::make_shared<const JwksVerifier>(std::move(verifier).value());
}

}  // namespace jwks::cli
