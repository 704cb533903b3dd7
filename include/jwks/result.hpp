#pragma once

// `Result<T>`: a value or an `Error`, with the member names of std::expected.
//
//   if (auto token = verifier.verify(text)) use(token->claims());
//   else log(token.error().message());
//
// It differs from std::expected on purpose:
// - `*` and `->` on an error end the process (std::terminate) instead of being undefined behaviour;
// - `*` and `->` on a temporary do not compile, so that `verify(t)->claims().subject()` can't leave
// a
//   view into a dead token behind; bind the result to a name first, or take the value out with
//   `std::move(result).value()`;
// - `value()` throws `VerificationError`. Nothing else here throws.
// It is one type under every language standard, so the ABI does not depend on the compiler's flags.

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "jwks/error.hpp"

namespace jwks {
inline namespace v0 {

template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_object_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

 public:
  using value_type = T;
  using error_type = Error;

  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error>)
  explicit(!std::is_convertible_v<U&&, T>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  Result(const Error& error) noexcept  // NOLINT(google-explicit-constructor): `return Error(...)`
      : state_(std::in_place_index<1>, error) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & noexcept { return held(); }
  const T& operator*() const& noexcept { return held(); }
  T& operator*() && = delete;
  const T& operator*() const&& = delete;
  T* operator->() & noexcept { return &held(); }
  const T* operator->() const& noexcept { return &held(); }
  T* operator->() && = delete;
  const T* operator->() const&& = delete;

  /// Returns the value, or throws `VerificationError`.
  T& value() & {
    require();
    return held();
  }
  const T& value() const& {
    require();
    return held();
  }
  T value() && {
    require();
    return std::move(held());
  }

  /// Returns the error; ends the process if there is none.
  [[nodiscard]] const Error& error() const noexcept {
    if (const Error* error = std::get_if<1>(&state_)) return *error;
    std::terminate();
  }

  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) const& {
    return has_value() ? held() : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) && {
    return has_value() ? std::move(held()) : static_cast<T>(std::forward<U>(otherwise));
  }

  /// Calls `next` with the value; `next` returns a Result.
  template <class F>
  auto and_then(F&& next) const& -> std::remove_cvref_t<std::invoke_result_t<F, const T&>> {
    if (has_value()) return std::invoke(std::forward<F>(next), held());
    return error();
  }
  template <class F>
  auto and_then(F&& next) && -> std::remove_cvref_t<std::invoke_result_t<F, T&&>> {
    if (has_value()) return std::invoke(std::forward<F>(next), std::move(held()));
    return error();
  }
  /// Calls `change` with the value and holds what it returns.
  template <class F>
  auto transform(
      F&& change) const& -> Result<std::remove_cvref_t<std::invoke_result_t<F, const T&>>> {
    if (has_value()) return std::invoke(std::forward<F>(change), held());
    return error();
  }
  template <class F>
  auto transform(F&& change) && -> Result<std::remove_cvref_t<std::invoke_result_t<F, T&&>>> {
    if (has_value()) return std::invoke(std::forward<F>(change), std::move(held()));
    return error();
  }
  /// Calls `recover` with the error; it returns a Result of the same type.
  template <class F>
  Result or_else(F&& recover) const& {
    if (has_value()) return *this;
    return std::invoke(std::forward<F>(recover), error());
  }
  template <class F>
  Result or_else(F&& recover) && {
    if (has_value()) return std::move(*this);
    return std::invoke(std::forward<F>(recover), error());
  }
  /// Replaces the error by what `change` makes of it.
  template <class F>
  Result transform_error(F&& change) const& {
    if (has_value()) return *this;
    return Error(std::invoke(std::forward<F>(change), error()));
  }
  template <class F>
  Result transform_error(F&& change) && {
    if (has_value()) return std::move(*this);
    return Error(std::invoke(std::forward<F>(change), error()));
  }

 private:
  T& held() noexcept {
    if (T* value = std::get_if<0>(&state_)) return *value;
    std::terminate();
  }
  const T& held() const noexcept {
    if (const T* value = std::get_if<0>(&state_)) return *value;
    std::terminate();
  }
  void require() const {
    if (!has_value()) throw VerificationError(error());
  }

  std::variant<T, Error> state_;
};

/// Success without a value, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  Result(const Error& error) noexcept : error_(error) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (error_) throw VerificationError(*error_);
  }
  [[nodiscard]] const Error& error() const noexcept {
    if (error_) return *error_;
    std::terminate();
  }
  template <class F>
  auto and_then(F&& next) const -> std::remove_cvref_t<std::invoke_result_t<F>> {
    if (has_value()) return std::invoke(std::forward<F>(next));
    return error();
  }

 private:
  std::optional<Error> error_;
};

}  // namespace v0
}  // namespace jwks
