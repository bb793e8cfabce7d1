// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// FreeType draws the letters, fontconfig finds fonts that have them, ICU puts them in order.
#include "core/sweep/text_painter.h"

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H

#include <algorithm>
#include <map>
#include <unicode/ubidi.h>
#include <unicode/uchar.h>
#include <unicode/ushape.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>
#include <unordered_map>

namespace studio {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
constexpr std::size_t kLongestLabel = 2'000;  // bytes; no label shows more

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> codes;
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int32_t>(std::min(text.size(), kLongestLabel));
  for (std::int32_t at = 0; at < size;) {
    UChar32 code = 0;
    U8_NEXT(bytes, at, size, code);
    codes.push_back(code < 0 || u_iscntrl(code) ? U' ' : static_cast<char32_t>(code));
  }
  return codes;
}

std::string utf8_of(const std::vector<char32_t>& codes, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) {
    std::uint8_t bytes[4];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(codes[i]));
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  }
  return text;
}

// From the order of reading to that from left to right, with Arabic letters joined.
std::vector<char32_t> in_visual_order(const std::vector<char32_t>& codes) {
  const bool is_plain =
      std::all_of(codes.begin(), codes.end(), [](char32_t code) { return code < 0x0590; });
  if (is_plain) return codes;
  std::u16string text;
  for (const char32_t code : codes) {
    char16_t units[2];
    std::int32_t length = 0;
    U16_APPEND_UNSAFE(units, length, static_cast<UChar32>(code));
    text.append(units, static_cast<std::size_t>(length));
  }
  UErrorCode status = U_ZERO_ERROR;
  std::u16string shaped(2 * text.size() + 8, u'\0');
  std::int32_t length = u_shapeArabic(
      text.data(),
      static_cast<std::int32_t>(text.size()),
      shaped.data(),
      static_cast<std::int32_t>(shaped.size()),
      U_SHAPE_LETTERS_SHAPE | U_SHAPE_LENGTH_GROW_SHRINK | U_SHAPE_TEXT_DIRECTION_LOGICAL,
      &status);
  if (U_FAILURE(status)) return codes;
  const std::unique_ptr<UBiDi, decltype(&ubidi_close)> bidi(ubidi_open(), &ubidi_close);
  std::u16string visual(2 * shaped.size(), u'\0');
  ubidi_setPara(bidi.get(), shaped.data(), length, UBIDI_DEFAULT_LTR, nullptr, &status);
  length = ubidi_writeReordered(bidi.get(),
                                visual.data(),
                                static_cast<std::int32_t>(visual.size()),
                                UBIDI_DO_MIRRORING | UBIDI_REMOVE_BIDI_CONTROLS,
                                &status);
  if (U_FAILURE(status)) return codes;
  std::vector<char32_t> result;
  for (std::int32_t at = 0; at < length;) {
    UChar32 code = 0;
    U16_NEXT(visual.data(), at, length, code);
    result.push_back(static_cast<char32_t>(code));
  }
  return result;
}

struct FreePattern {
  void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
};
struct FreeSet {
  void operator()(FcFontSet* set) const { FcFontSetDestroy(set); }
};

}  // namespace

struct TextPainter::Fonts {
  FT_Library library = nullptr;
  std::unique_ptr<FcPattern, FreePattern> wanted;
  std::unique_ptr<FcFontSet, FreeSet> sorted;  // best first
  std::map<int, FT_Face> faces;                // by place in `sorted`; null: cannot be used
  std::map<char32_t, FT_Face> face_of;
  std::unordered_map<char32_t, int> advances;  // at this size
  int size_px = 16;

  ~Fonts() {
    for (const auto& [place, face] : faces) {
      if (face != nullptr) FT_Done_Face(face);
    }
    if (library != nullptr) FT_Done_FreeType(library);
  }

  FT_Face open(int place) {
    const auto known = faces.find(place);
    if (known != faces.end()) return known->second;
    FcChar8* file = nullptr;
    int index = 0;
    FT_Face face = nullptr;
    FcPattern* const font = sorted->fonts[place];
    FcPatternGetInteger(font, FC_INDEX, 0, &index);
    const bool has_file = FcPatternGetString(font, FC_FILE, 0, &file) == FcResultMatch;
    if (has_file && FT_New_Face(library, reinterpret_cast<const char*>(file), index, &face) == 0) {
      // Fonts of pictures come in sizes of their own.
      if (!FT_IS_SCALABLE(face) ||
          FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(size_px)) != 0) {
        FT_Done_Face(face);
        face = nullptr;
      }
    } else {
      face = nullptr;
    }
    return faces[place] = face;
  }
  FT_Face first() {
    for (int place = 0; place < sorted->nfont; ++place) {
      if (FT_Face const face = open(place)) return face;
    }
    return nullptr;
  }
  // The best font that has the letter, else the best one.
  FT_Face find(char32_t code) {
    const auto known = face_of.find(code);
    if (known != face_of.end()) return known->second;
    for (int place = 0; place < sorted->nfont; ++place) {
      FcCharSet* letters = nullptr;
      const bool has_letters =
          FcPatternGetCharSet(sorted->fonts[place], FC_CHARSET, 0, &letters) == FcResultMatch;
      if (!has_letters || FcCharSetHasChar(letters, static_cast<FcChar32>(code)) == FcFalse)
        continue;
      if (FT_Face const face = open(place)) return face_of[code] = face;
    }
    return face_of[code] = first();
  }
  // In 64ths of a pixel. Kept, since labels are measured again and again while a layout is sought.
  int advance(char32_t code) {
    const auto known = advances.find(code);
    if (known != advances.end()) return known->second;
    FT_Face const face = find(code);
    const bool is_loaded =
        face != nullptr && FT_Load_Char(face, static_cast<FT_ULong>(code), FT_LOAD_DEFAULT) == 0;
    return advances[code] = is_loaded ? static_cast<int>(face->glyph->advance.x) : 0;
  }
};

TextPainter::TextPainter() : fonts_(std::make_unique<Fonts>()) {}
TextPainter::~TextPainter() = default;

std::unique_ptr<TextPainter> TextPainter::create() {
  std::unique_ptr<TextPainter> painter(new TextPainter);
  Fonts& fonts = *painter->fonts_;
  if (FcInit() == FcFalse || FT_Init_FreeType(&fonts.library) != 0) return nullptr;
  fonts.wanted.reset(
      FcNameParse(reinterpret_cast<const FcChar8*>("Inter,DejaVu Sans,sans-serif:scalable=true")));
  if (fonts.wanted == nullptr) return nullptr;
  FcConfigSubstitute(nullptr, fonts.wanted.get(), FcMatchPattern);
  FcDefaultSubstitute(fonts.wanted.get());
  FcResult result = FcResultNoMatch;
  fonts.sorted.reset(FcFontSort(nullptr, fonts.wanted.get(), FcTrue, nullptr, &result));
  if (fonts.sorted == nullptr || fonts.first() == nullptr) return nullptr;
  return painter;
}

void TextPainter::set_size(int height_px) {
  if (fonts_->size_px == std::clamp(height_px, 4, 400)) return;
  fonts_->advances.clear();
  fonts_->size_px = std::clamp(height_px, 4, 400);
  for (const auto& [place, face] : fonts_->faces) {
    if (face != nullptr) FT_Set_Pixel_Sizes(face, 0, static_cast<FT_UInt>(fonts_->size_px));
  }
}

int TextPainter::line_height() const { return fonts_->size_px * 13 / 10; }

int TextPainter::width(std::string_view text) {
  std::int64_t width = 0;
  for (const char32_t code : code_points(text)) width += fonts_->advance(code);
  return static_cast<int>((width + 63) / 64);
}

std::vector<std::string> TextPainter::wrapped(std::string_view text, int width_px, int most_lines) {
  const auto codes = code_points(text);
  const std::int64_t room = std::int64_t{64} * width_px;
  const std::int64_t dots = std::int64_t{64} * width(kEllipsis);
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < codes.size() && static_cast<int>(lines.size()) < most_lines) {
    while (at < codes.size() && codes[at] == U' ') ++at;
    const bool is_last = static_cast<int>(lines.size()) + 1 == most_lines;
    std::size_t end = at, space = at,
                dotted = at;  // dotted: where the line ends to leave room for dots
    std::int64_t used = 0;
    for (; end < codes.size(); ++end) {
      if (codes[end] == U' ') space = end;
      used += fonts_->advance(codes[end]);
      if (used > room) break;
      if (used + dots <= room) dotted = end + 1;
    }
    if (end == codes.size() && text.size() <= kLongestLabel) {
      lines.push_back(utf8_of(codes, at, end));
      return lines;
    }
    if (is_last) {
      lines.push_back(dotted > at    ? utf8_of(codes, at, dotted).append(kEllipsis)
                      : dots <= room ? std::string(kEllipsis)
                                     : "");
      return lines;
    }
    end = space > at ? space : std::max(end, at + 1);  // a word too long for a line is cut
    lines.push_back(utf8_of(codes, at, end));
    at = end;
  }
  return lines;
}

void TextPainter::draw(Canvas& canvas, int x, int y, std::string_view text, Rgb color) {
  const int baseline = y + fonts_->size_px;
  std::int64_t pen = std::int64_t{64} * x;
  for (const char32_t code : in_visual_order(code_points(text))) {
    FT_Face const face = fonts_->find(code);
    if (face == nullptr || FT_Load_Char(face, static_cast<FT_ULong>(code), FT_LOAD_RENDER) != 0)
      continue;
    FT_GlyphSlot const glyph = face->glyph;
    const FT_Bitmap& letter = glyph->bitmap;
    const int left = static_cast<int>(pen / 64) + glyph->bitmap_left;
    for (unsigned row = 0; row < letter.rows && letter.pixel_mode == FT_PIXEL_MODE_GRAY; ++row) {
      for (unsigned column = 0; column < letter.width; ++column) {
        const int coverage =
            letter.buffer[static_cast<int>(row) * letter.pitch + static_cast<int>(column)];
        canvas.blend(left + static_cast<int>(column),
                     baseline - glyph->bitmap_top + static_cast<int>(row),
                     color,
                     coverage);
      }
    }
    pen += glyph->advance.x;
  }
}

void draw_lines(TextPainter& painter,
                Canvas& canvas,
                int x,
                int y,
                int width,
                int height,
                const std::vector<std::string>& lines,
                Align align,
                Rgb color) {
  int top = y + (height - static_cast<int>(lines.size()) * painter.line_height()) / 2;
  for (const std::string& line : lines) {
    const int rest = width - painter.width(line);
    painter.draw(canvas,
                 x + (align == Align::Left     ? 0
                      : align == Align::Centre ? rest / 2
                                               : rest),
                 top,
                 line,
                 color);
    top += painter.line_height();
  }
}

}  // namespace studio
