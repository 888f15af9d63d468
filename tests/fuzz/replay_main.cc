// Runs a fuzz target's function over files, without libFuzzer: `fuzz_x_replay FILE-OR-FOLDER...`.
// A folder without inputs is an error, since it would prove nothing.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/fuzz/check.h"

namespace {

std::vector<std::filesystem::path> InputsIn(const std::filesystem::path& place) {
  if (!std::filesystem::is_directory(place)) return {place};
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(place)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

bool Replay(const std::filesystem::path& input) {
  std::ifstream file(input, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    std::cerr << "cannot read " << input << "\n";
    return false;
  }
  // Said before, so that the last line of a crash names its input.
  std::cout << input.filename().string() << " " << bytes.size() << std::endl;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& input : InputsIn(argv[i])) {
      if (!Replay(input)) return 1;
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  if (count == 0) std::cerr << "no inputs were given\n";
  return count == 0 ? 1 : 0;
}
