// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Colour scales of the difference views: equal steps of a value are equal steps to the eye.
#include "ui/compare_palette.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace studio::ui {
namespace {

constexpr int kEntries = 256;
constexpr int kFine = 4096;  // points along a curve before it is cut into equal steps

struct Lab {
  double l, a, b;
};

struct Linear {
  double red, green, blue;
  bool isInside() const {
    const auto inside = [](double value) { return value >= -1e-6 && value <= 1 + 1e-6; };
    return inside(red) && inside(green) && inside(blue);
  }
};

// Source: CIE 15:2004 with the D65 white point; IEC 61966-2-1 (sRGB) primaries.
Linear toLinear(const Lab& lab) {
  const double fy = (lab.l + 16) / 116, fx = fy + lab.a / 500, fz = fy - lab.b / 200;
  const auto unfold = [](double f) {
    constexpr double kKnee = 6.0 / 29;
    return f > kKnee ? f * f * f : 3 * kKnee * kKnee * (f - 4.0 / 29);
  };
  const double x = 0.95047 * unfold(fx), y = unfold(fy), z = 1.08883 * unfold(fz);
  return {3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
          -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
          0.0556434 * x - 0.2040259 * y + 1.0572252 * z};
}

QRgb toRgb(const Lab& lab) {
  const Linear linear = toLinear(lab);
  const auto encoded = [](double value) {
    value = std::clamp(value, 0.0, 1.0);
    const double bent =
        value <= 0.0031308 ? 12.92 * value : 1.055 * std::pow(value, 1 / 2.4) - 0.055;
    return static_cast<int>(std::lround(255 * bent));
  };
  return qRgb(encoded(linear.red), encoded(linear.green), encoded(linear.blue));
}

Lab atHue(double lightness, double chroma, double degrees) {
  const double turn = degrees * std::numbers::pi / 180;
  return {lightness, chroma * std::cos(turn), chroma * std::sin(turn)};
}

// The colour of this lightness and hue with at most `chroma`, less where a screen has no such
// colour.
Lab within(double lightness, double chroma, double degrees) {
  if (toLinear(atHue(lightness, chroma, degrees)).isInside())
    return atHue(lightness, chroma, degrees);
  double low = 0, high = chroma;
  for (int i = 0; i < 24; ++i) {
    const double middle = (low + high) / 2;
    (toLinear(atHue(lightness, middle, degrees)).isInside() ? low : high) = middle;
  }
  return atHue(lightness, low, degrees);
}

double distance(const Lab& x, const Lab& y) { return std::hypot(x.l - y.l, x.a - y.a, x.b - y.b); }

// Cuts a curve of colours into pieces of one length.
template <class Curve>
std::vector<QRgb> evenly(Curve curve) {
  std::vector<Lab> points;
  std::vector<double> walked{0};
  for (int i = 0; i <= kFine; ++i) {
    points.push_back(curve(double(i) / kFine));
    if (i > 0) walked.push_back(walked.back() + distance(points[i - 1], points[i]));
  }
  std::vector<QRgb> entries;
  for (int i = 0; i < kEntries; ++i) {
    const double wanted = walked.back() * i / (kEntries - 1);
    const auto found = std::lower_bound(walked.begin(), walked.end(), wanted);
    entries.push_back(toRgb(points[std::min<std::size_t>(found - walked.begin(), kFine)]));
  }
  return entries;
}

const std::vector<QRgb>& heatEntries() {
  static const std::vector<QRgb> entries = [] {
    std::vector<QRgb> made = evenly([](double t) {
      // As colourful as a screen allows all the way: reaching its limit would bend the curve.
      const double chroma = 66 * std::pow(std::sin(std::numbers::pi * (0.02 + 0.90 * t)), 0.85);
      return within(96 * t, chroma, 290 + 168 * t);
    });
    made.front() = qRgb(0, 0, 0);
    return made;
  }();
  return entries;
}

constexpr double kNeutralLightness = 16;

std::vector<QRgb> arm(double hue, double most_chroma) {
  return evenly([=](double t) {
    const double chroma = most_chroma * std::sin(0.82 * std::numbers::pi * std::pow(t, 0.75));
    return within(kNeutralLightness + (82 - kNeutralLightness) * t, chroma, hue);
  });
}

QRgb pick(const std::vector<QRgb>& entries, double share) {
  // The first entry is for nothing at all.
  const int at = static_cast<int>(std::ceil(std::min(share, 1.0) * (kEntries - 1)));
  return entries[static_cast<std::size_t>(std::max(at, 1))];
}

}  // namespace

QRgb heatColour(double share) {
  const std::vector<QRgb>& entries = heatEntries();
  return share > 0 ? pick(entries, share) : entries.front();
}

QRgb signedColour(double share) {
  static const std::vector<QRgb> below = arm(262, 37), above = arm(66, 45);
  static const QRgb neutral = toRgb({kNeutralLightness, 0, 0});
  if (share == 0 || std::isnan(share)) return neutral;
  return share > 0 ? pick(above, share) : pick(below, -share);
}

}  // namespace studio::ui
