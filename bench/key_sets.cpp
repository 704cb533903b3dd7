#include "bench/key_sets.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "bench/failure.hpp"
#include "bench/issuer.hpp"
#include "bench/key_documents.hpp"
#include "bench/paired.hpp"
#include "jwks/jwk_set.hpp"

namespace bench {
namespace {

constexpr std::size_t kKeys = 100;
constexpr double kMaxPublishNs = 5e6;
constexpr double kMaxUnchangedNs = 0.1e6;
constexpr double kMaxFirstTokenNs = 2e6;

double ns_since(Issuer::Clock::time_point began) {
  return std::chrono::duration<double, std::nano>(Issuer::Clock::now() - began).count();
}

/// A verifier that holds one of two documents and is given the other.
class Publishing {
 public:
  Publishing(const Samples& samples, std::array<std::string, 2> documents)
      : documents_(std::move(documents)),
        issuer_(std::make_shared<Issuer>(documents_[0])),
        verifier_(warm_verifier(verifier_options(samples, issuer_))) {
    require(verifier_.health().kids.size() == kKeys, "not every key is usable");
  }

  /// Nanoseconds from the issuer's answer until `refresh` says that its keys are there.
  double publish() {
    const auto before = verifier_.health().generation;
    issuer_->publish(documents_[++round_ % 2]);
    require(verifier_.refresh(std::chrono::seconds(10)).has_value(), "refresh");
    const double ns = ns_since(issuer_->answered());
    const bool changed = verifier_.health().generation != before;
    require(changed == (documents_[0] != documents_[1]), "published is not what changed");
    return ns;
  }

 private:
  std::array<std::string, 2> documents_;
  std::shared_ptr<Issuer> issuer_;
  jwks::JwksVerifier verifier_;
  unsigned round_ = 0;
};

void register_publishing(Table& table, const Samples& samples, const std::string& what,
                         std::array<std::string, 2> documents, double max_ns) {
  const auto publishing = std::make_shared<Publishing>(samples, std::move(documents));
  table.add({.name = "keys/" + what, .unit = Unit::ns, .target = max_ns},
            measure_alone([publishing] { return publishing->publish(); }));
}

void register_documents(Table& table, const Samples& samples, const std::string& name,
                        KeyType type) {
  const std::vector<std::string> jwks = make_jwks(type, 2 * kKeys);
  const auto document_from = [&](std::size_t first) {
    return key_set_of(std::span(jwks).subspan(first, kKeys));
  };
  const std::string document = document_from(0);
  const std::string hundred = "100 " + name;
  table.add({.name = "keys/parse " + hundred, .unit = Unit::ns}, measure_alone([document] {
              return time_ns(1, [&](int) {
                const auto keys = jwks::JwkSet::parse(document);
                require(keys && keys->keys().size() == kKeys, "a key is refused");
              });
            }));
  register_publishing(table, samples, "publish " + hundred, {document, document_from(kKeys)},
                      kMaxPublishNs);
  register_publishing(table, samples, "rotate 1 of " + hundred, {document, document_from(1)},
                      kMaxPublishNs);
  register_publishing(table, samples, "unchanged " + hundred, {document, document},
                      kMaxUnchangedNs);
}

/// The first token after its key arrived, on a thread that never saw the key.
void register_first_token(Table& table, const Subject& subject) {
  const Samples& samples = subject.samples();
  table.add({.name = "first token/" + subject.name(), .unit = Unit::ns, .target = kMaxFirstTokenNs},
            measure_alone([&samples] {
              const jwks::JwksVerifier verifier = make_verifier(samples);
              return time_ns(1, [&](int i) {
                require(verifier.verify(samples.token(i)).has_value(), "a good token is refused");
              });
            }));
}

}  // namespace

void register_key_sets(Table& table, const std::deque<Subject>& subjects) {
  const Samples& samples = subjects.front().samples();
  register_documents(table, samples, "P-256", KeyType::ec);
  register_documents(table, samples, "RSA-2048", KeyType::rsa);
  register_documents(table, samples, "Ed25519", KeyType::okp);
  for (const Subject& subject : subjects)
    if (!subject.samples().is_hmac()) register_first_token(table, subject);
}

}  // namespace bench
