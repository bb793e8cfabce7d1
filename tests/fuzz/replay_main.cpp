// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Runs a fuzz target once over every file of the folders given: the corpus as a test, without
// libFuzzer. Each file is also run cut short and with single bytes changed, from a fixed seed.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& bytes) {
  // An exact copy on the heap, so that a sanitizer sees every read past the end.
  const std::string copy(bytes.data(), bytes.size());
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size());
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kChangesPerFile = 500;
  std::uint32_t state = 1;
  const auto random = [&state] {
    state = state * 1664525 + 1013904223;
    return state >> 8;
  };
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string good((std::istreambuf_iterator<char>(in)),
                             std::istreambuf_iterator<char>());
      run(good);
      ++files;
      for (int round = 0; round < kChangesPerFile && !good.empty(); ++round) {
        std::string changed = good;
        for (std::uint32_t change = 0; change <= random() % 4; ++change) {
          changed[random() % changed.size()] = static_cast<char>(random());
        }
        if (random() % 4 == 0) changed.resize(random() % changed.size());
        run(changed);
      }
    }
  }
  std::printf("%d files replayed\n", files);
  return files > 0 ? 0 : 1;
}
