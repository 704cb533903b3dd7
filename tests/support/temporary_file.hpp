#pragma once

#include <fstream>
#include <string>

#include "support/temporary_directory.hpp"

namespace test {

/// A file for the length of a test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_((directory_.path() / "file").string()) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  TemporaryDirectory directory_;
  std::string path_;
};

}  // namespace test
