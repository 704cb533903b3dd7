// A service that uses prometheus-cpp already: the verifier's numbers join its registry through a
// Collectable. Who doesn't needs no library: jwks::open_metrics writes what a scraper reads, see
// minimal_service.cpp.
//
// The program serves /metrics on a free loopback port, scrapes itself once, and shows what it got.

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <jwks/emulator.hpp>
#include <jwks/jwks_verifier.hpp>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class VerifierMetrics final : public prometheus::Collectable {
 public:
  explicit VerifierMetrics(const jwks::JwksVerifier& verifier) : verifier_(verifier) {}

  std::vector<MetricFamily> Collect() const override {
    const jwks::SourceMetrics metrics = verifier_.metrics();
    const jwks::Stats& stats = metrics.stats;
    const std::vector<ClientMetric::Label> issuer{{"issuer", metrics.issuer}};
    const auto labelled = [&](const char* name, std::string_view value) {
      auto labels = issuer;
      labels.push_back({name, std::string(value)});
      return labels;
    };

    MetricFamily verifications{
        "jwks_verifications_total", "Answers, by result.", MetricType::Counter, {}};
    verifications.metric.push_back(counter(labelled("result", "accepted"), stats.accepted));
    for (const auto& [code, count] : stats.by_code)
      verifications.metric.push_back(counter(labelled("result", to_string(code)), count));

    MetricFamily state{
        "jwks_key_set_healthy", "1 healthy, 0.5 degraded, 0 unavailable.", MetricType::Gauge, {}};
    state.metric.push_back(gauge(issuer, level(health_status(metrics.health.state))));

    MetricFamily age{"jwks_key_age_seconds",
                     "Time since the issuer last confirmed the key set.",
                     MetricType::Gauge,
                     {}};
    age.metric.push_back(gauge(issuer, static_cast<double>(metrics.health.key_age.count())));

    MetricFamily durations{"jwks_flight_duration_seconds",
                           "Durations of retrievals of the key set.",
                           MetricType::Histogram,
                           {}};
    durations.metric.push_back(histogram(issuer, stats.fetch_durations));
    return {std::move(verifications), std::move(state), std::move(age), std::move(durations)};
  }

 private:
  using Labels = std::vector<ClientMetric::Label>;

  static ClientMetric counter(Labels labels, std::uint64_t value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = static_cast<double>(value);
    return metric;
  }
  static ClientMetric gauge(Labels labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    return metric;
  }
  static ClientMetric histogram(Labels labels, const jwks::FetchDurations& durations) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_count = durations.count;
    metric.histogram.sample_sum = std::chrono::duration<double>(durations.sum).count();
    for (std::size_t i = 0; i < durations.counts.size(); ++i)
      metric.histogram.bucket.push_back(
          {durations.counts[i],
           std::chrono::duration<double>(jwks::FetchDurations::kBounds[i]).count()});
    metric.histogram.bucket.push_back({durations.count, std::numeric_limits<double>::infinity()});
    return metric;
  }
  static double level(jwks::HealthStatus status) {
    switch (status) {
      case jwks::HealthStatus::healthy:
        return 1;
      case jwks::HealthStatus::degraded:
        return 0.5;
      case jwks::HealthStatus::unavailable:
        break;
    }
    return 0;
  }

  const jwks::JwksVerifier& verifier_;
};

void expect(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "failed: " << what << '\n';
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() try {
  const auto idp = jwks::emulator::Emulator::start({.keys = {{}}}).value();
  const auto verifier = jwks::JwksVerifier::create({.issuer = idp.issuer(),
                                                    .audiences = {"orders-api"},
                                                    .http = {.allow_loopback_http = true}})
                            .value();
  const auto good = verifier.verify(idp.issue({.audience = "orders-api"}).value());
  const auto foreign = verifier.verify(idp.issue({.audience = "billing-api"}).value());
  expect(good.has_value() && !foreign.has_value(), "one token is accepted and one is not");

  prometheus::Exposer exposer("127.0.0.1:0");
  // The exposer keeps a weak pointer: hold this as long as it serves.
  const auto metrics = std::make_shared<VerifierMetrics>(verifier);
  exposer.RegisterCollectable(metrics);

  const auto http = jwks::make_curl_fetcher({.allow_loopback_http = true}).value();
  const std::string url =
      "http://127.0.0.1:" + std::to_string(exposer.GetListeningPorts().front()) + "/metrics";
  const auto scraped = http->fetch({.url = url}, {}).response;
  expect(scraped.has_value() && scraped->status == 200, "the service can be scraped");
  std::cout << scraped->body;
  for (const char* result : {"accepted", "wrong_audience"})
    expect(scraped->body.find("result=\"" + std::string(result) + "\"} 1\n") != std::string::npos,
           result);
  expect(scraped->body.find("jwks_flight_duration_seconds_count") != std::string::npos,
         "the histogram is there");
  return EXIT_SUCCESS;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
