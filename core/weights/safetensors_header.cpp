// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// The header of a safetensors file: read by events, so that neither depth nor duplicate names pass
// unseen and no tree is built for a hostile file.
#include "core/base/guard.h"
#include "core/weights/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <optional>
#include <unordered_set>

namespace studio {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
constexpr std::size_t kMaxTensors = 1'000'000;
constexpr std::size_t kMaxDimensions = 64;
constexpr std::uint64_t kMaxDimension = std::uint64_t{1} << 48;

struct DtypeName {
  std::string_view text;
  at::ScalarType dtype;
};
constexpr std::array<DtypeName, 11> kDtypes = {{{"F64", at::kDouble},
                                                {"F32", at::kFloat},
                                                {"F16", at::kHalf},
                                                {"BF16", at::kBFloat16},
                                                {"I64", at::kLong},
                                                {"I32", at::kInt},
                                                {"I8", at::kChar},
                                                {"U8", at::kByte},
                                                {"BOOL", at::kBool},
                                                {"F8_E4M3", at::kFloat8_e4m3fn},
                                                {"F8_E5M2", at::kFloat8_e5m2}}};

std::string shown(std::string_view name) {
  constexpr std::size_t kLongest = 160;
  std::string text = "\"";
  if (name.size() <= kLongest) return text.append(name).append("\"");
  std::size_t cut = kLongest;
  while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) --cut;
  return text.append(name.substr(0, cut)).append("...\"");
}

// Follows the one nesting the format allows: { name: { dtype, shape: [], data_offsets: [] } }.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  SafetensorsHeader header;
  std::string problem;  // a sentence without the file's name; set whenever a call returns false

  bool null() override { return wrong_value("null"); }
  bool boolean(bool) override { return wrong_value("true or false"); }
  bool binary(nlohmann::json::binary_t&) override { return wrong_value("binary data"); }
  bool number_integer(number_integer_t value) override {
    if (place_ != Place::Shape && place_ != Place::Offsets) return wrong_value("a number");
    return fail("has the negative number " + std::to_string(value) + " in its \"" + field_ + "\"");
  }
  bool number_float(number_float_t, const string_t& text) override {
    if (place_ != Place::Shape && place_ != Place::Offsets) return wrong_value("a number");
    return fail("has " + text.substr(0, 40) + " in its \"" + field_ +
                "\", but only whole numbers below 2^48 can be there");
  }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& value) override;
  bool start_object(std::size_t) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position,
                   const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string_view what = error.what();
    problem = "the header is not valid JSON at its byte " + std::to_string(position) +
              (what.find("UTF-8") != what.npos ? " (invalid UTF-8)" : "");
    return false;
  }

 private:
  enum class Place { Start, Header, Metadata, Tensor, Shape, Offsets, End };

  bool fail(const std::string& why) {
    problem = place_ == Place::Header || place_ == Place::Start || place_ == Place::Metadata
                  ? why
                  : "tensor " + shown(entry_.name) + " " + why;
    return false;
  }
  bool wrong_value(std::string_view what) {
    switch (place_) {
      case Place::Start:
        return fail("the header is " + std::string(what) + ", but must be a JSON object");
      case Place::Header:
        return fail("the header has " + std::string(what) + " for " + shown(name_) +
                    ", but must have an object there");
      case Place::Metadata:
        return fail("the metadata " + shown(name_) + " is " + std::string(what) +
                    ", but must be text");
      default:
        return fail("has " + std::string(what) + " in its \"" + field_ + "\"");
    }
  }
  bool finish_tensor();

  Place place_ = Place::Start;
  std::string name_, field_;
  SafetensorsEntry entry_;
  std::vector<std::uint64_t> offsets_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false, has_metadata_ = false;
  std::unordered_set<std::string> names_;
};

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (place_ == Place::Shape) {
    if (value > kMaxDimension) {
      return fail("has the dimension " + std::to_string(value) + ", but 2^48 is the largest");
    }
    if (entry_.shape.size() == kMaxDimensions) {
      return fail("has more than " + std::to_string(kMaxDimensions) + " dimensions");
    }
    entry_.shape.push_back(static_cast<std::int64_t>(value));
    return true;
  }
  if (place_ == Place::Offsets) {
    if (offsets_.size() == 2) return fail("has more than two \"data_offsets\"");
    offsets_.push_back(value);
    return true;
  }
  return wrong_value("a number");
}

bool HeaderReader::string(string_t& value) {
  if (place_ == Place::Metadata) {
    header.metadata[name_] = std::move(value);
    return true;
  }
  if (place_ != Place::Tensor || field_ != "dtype") return wrong_value("text");
  const auto known = std::find_if(
      kDtypes.begin(), kDtypes.end(), [&](const DtypeName& dtype) { return dtype.text == value; });
  if (known == kDtypes.end()) {
    return fail("has the dtype " + shown(value) +
                ", which this program does not know (F64, F32, F16, BF16, I64, I32, I8, U8, BOOL, "
                "F8_E4M3, F8_E5M2)");
  }
  entry_.dtype_text = std::move(value);
  entry_.dtype = known->dtype;
  return true;
}

bool HeaderReader::start_object(std::size_t) {
  if (place_ == Place::Start) {
    place_ = Place::Header;
    return true;
  }
  if (place_ != Place::Header) return wrong_value("an object");
  if (name_ == "__metadata__") {
    place_ = Place::Metadata;
    return true;
  }
  if (header.entries.size() == kMaxTensors) {
    return fail("the file has more than " + std::to_string(kMaxTensors) + " tensors");
  }
  entry_ = {};
  entry_.name = name_;
  offsets_.clear();
  has_dtype_ = has_shape_ = has_offsets_ = false;
  place_ = Place::Tensor;
  return true;
}

bool HeaderReader::key(string_t& name) {
  if (place_ == Place::Header) {
    if (name == "__metadata__") {
      if (has_metadata_) return fail("the header has \"__metadata__\" twice");
      has_metadata_ = true;
    } else if (!names_.insert(name).second) {
      return fail("tensor " + shown(name) + " is in the header twice");
    }
    name_ = std::move(name);
    return true;
  }
  if (place_ == Place::Metadata) {
    if (header.metadata.contains(name)) {
      return fail("the metadata " + shown(name) + " is in the header twice");
    }
    name_ = std::move(name);
    return true;
  }
  bool* const seen = name == "dtype"          ? &has_dtype_
                     : name == "shape"        ? &has_shape_
                     : name == "data_offsets" ? &has_offsets_
                                              : nullptr;
  if (seen == nullptr) {
    return fail("has the key " + shown(name) +
                ", but only dtype, shape and data_offsets can be there");
  }
  if (*seen) return fail("has the key " + shown(name) + " twice");
  *seen = true;
  field_ = std::move(name);
  return true;
}

bool HeaderReader::end_object() {
  if (place_ == Place::Tensor) {
    if (!finish_tensor()) return false;
    place_ = Place::Header;
  } else {
    place_ = place_ == Place::Metadata ? Place::Header : Place::End;
  }
  return true;
}

bool HeaderReader::start_array(std::size_t) {
  if (place_ == Place::Tensor && field_ == "shape") {
    place_ = Place::Shape;
    return true;
  }
  if (place_ == Place::Tensor && field_ == "data_offsets") {
    place_ = Place::Offsets;
    return true;
  }
  return wrong_value("a list");
}

bool HeaderReader::end_array() {
  place_ = Place::Tensor;
  return true;
}

bool HeaderReader::finish_tensor() {
  if (!has_dtype_ || !has_shape_ || !has_offsets_) {
    return fail(std::string("has no \"") +
                (!has_dtype_   ? "dtype"
                 : !has_shape_ ? "shape"
                               : "data_offsets") +
                "\"");
  }
  if (offsets_.size() != 2) return fail("has \"data_offsets\" that are not a pair");
  if (offsets_[0] > offsets_[1]) {
    return fail("has \"data_offsets\" that end (" + std::to_string(offsets_[1]) +
                ") before they begin (" + std::to_string(offsets_[0]) + ")");
  }
  entry_.elements = 1;
  for (const std::int64_t dimension : entry_.shape) {
    if (__builtin_mul_overflow(entry_.elements, dimension, &entry_.elements)) {
      return fail("has a shape with more elements than can be counted");
    }
  }
  std::int64_t bytes = 0;
  const auto element_size = static_cast<std::int64_t>(c10::elementSize(entry_.dtype));
  if (__builtin_mul_overflow(entry_.elements, element_size, &bytes)) {
    return fail("has a shape with more elements than can be counted");
  }
  if (offsets_[1] - offsets_[0] != static_cast<std::uint64_t>(bytes)) {
    return fail("has " + std::to_string(offsets_[1] - offsets_[0]) +
                " bytes of data, but its shape and dtype need " + std::to_string(bytes));
  }
  entry_.begin = offsets_[0];
  entry_.end = offsets_[1];
  header.entries.push_back(std::move(entry_));
  return true;
}

// Tensors must cover the data from its first to its last byte. Returns "" or a sentence.
std::string check_layout(const std::vector<SafetensorsEntry>& entries, std::size_t data_bytes) {
  for (const auto& entry : entries) {
    if (entry.end > data_bytes) {
      return "tensor " + shown(entry.name) + " ends at byte " + std::to_string(entry.end) +
             " of the data, but the file has only " + std::to_string(data_bytes);
    }
  }
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(entries[a].begin, entries[a].end) <
           std::pair(entries[b].begin, entries[b].end);
  });
  std::size_t covered = 0;
  for (const std::size_t i : order) {
    if (entries[i].begin < covered) {
      return "tensor " + shown(entries[i].name) + " overlaps another tensor's data";
    }
    if (entries[i].begin > covered) {
      return "there are " + std::to_string(entries[i].begin - covered) +
             " bytes that belong to no tensor before tensor " + shown(entries[i].name);
    }
    covered = entries[i].end;
  }
  if (covered != data_bytes) {
    return "there are " + std::to_string(data_bytes - covered) +
           " bytes that belong to no tensor at the end";
  }
  return "";
}

}  // namespace

std::string_view safetensors_dtype(at::ScalarType dtype) {
  for (const auto& known : kDtypes) {
    if (known.dtype == dtype) return known.text;
  }
  return "";
}

Result<SafetensorsHeader> parse_safetensors(std::span<const std::uint8_t> file,
                                            std::string_view path) {
  const auto bad = [&](const std::string& why) {
    return file_error(ErrorCode::BadFile, path, why);
  };
  if (file.empty()) return bad("the file is empty");
  if (file.size() < kLengthBytes + 2) {
    return bad("the file is too short (" + std::to_string(file.size()) +
               " bytes) to be a safetensors file");
  }
  std::uint64_t header_bytes = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) header_bytes = header_bytes << 8 | file[i];
  if (header_bytes > file.size() - kLengthBytes) {
    return bad("this is not a safetensors file, or it was cut off: its header should be " +
               std::to_string(header_bytes) + " bytes long, but the file has " +
               std::to_string(file.size()));
  }
  if (header_bytes > kMaxHeaderBytes) {
    return bad("the header is " + std::to_string(header_bytes) +
               " bytes long, but 100 MB is the limit");
  }
  const auto text = file.subspan(kLengthBytes, header_bytes);
  if (text.empty() || text.front() != '{') {
    return bad("the header does not begin with \"{\", so this is not a safetensors file");
  }
  // The JSON reader would take a zero byte for the end of its input.
  if (std::memchr(text.data(), 0, text.size()) != nullptr) return bad("the header has a zero byte");

  HeaderReader reader;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader)) return bad(reader.problem);
  const std::size_t data_start = kLengthBytes + header_bytes;
  const auto problem = check_layout(reader.header.entries, file.size() - data_start);
  if (!problem.empty()) return bad(problem);
  for (auto& entry : reader.header.entries) {
    entry.begin += data_start;
    entry.end += data_start;
  }
  return std::move(reader.header);
}

}  // namespace studio
