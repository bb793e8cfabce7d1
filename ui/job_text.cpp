// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Short texts about jobs, made from the declarations of their parameters.
#include "ui/job_text.h"

#include <QCoreApplication>
#include <QStringList>

#include <array>
#include <cmath>

namespace studio::ui {
namespace {

constexpr std::int64_t kFirstSeed = 43;
constexpr std::int64_t kFirstSteps = 25;

// Digits after the point that tell one step of the parameter from the next.
int stepDigits(double step) {
  int digits = 0;
  while (digits < 6 && step > 0 &&
         std::abs(step * std::pow(10, digits) - std::round(step * std::pow(10, digits))) > 1e-9) {
    ++digits;
  }
  return digits;
}

QStringList valuesOf(const Card& card, const GenerationRequest& request) {
  QStringList parts;
  for (const ParamSpec& spec : card.params) {
    const ParamValue value = guidanceValue(request, spec);
    const bool telling = spec.neutral.has_value() || spec.has_infinity || value != spec.initial;
    if (telling) parts << symbolOf(spec) + QChar(0x00A0) + valueText(spec, value);
  }
  return parts;
}

}  // namespace

QString fromView(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString numberText(const ParamSpec& spec, double value) {
  if (std::isinf(value)) return QString(QChar(0x221E));
  if (spec.kind == ParamKind::Integer) return QString::number(static_cast<qint64>(value));
  const int digits = spec.slider_scale == SliderScale::Logarithmic ? 0 : stepDigits(spec.step);
  QString fixed = QString::number(value, 'f', digits);
  // A typed value keeps the digits a step would hide.
  if (std::abs(fixed.toDouble() - value) <= 1e-9 * std::max(1.0, std::abs(value))) return fixed;
  return QString::number(value, 'g', 8);
}

QString valueText(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* real = std::get_if<double>(&value)) {
    return std::isinf(*real) ? QString(QChar(0x221E)) : QString::number(*real, 'g', 6);
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? QCoreApplication::translate("JobText", "on")
                 : QCoreApplication::translate("JobText", "off");
  }
  if (std::holds_alternative<std::string>(value))
    return QString::fromStdString(std::get<std::string>(value));
  (void)spec;
  return QString::fromStdString(to_text(value));
}

QString paramName(const JobParam& param) {
  const QString label = fromView(param.spec->label);
  const QString id = fromView(param.card->id);
  const bool of_job = param.path == param.spec->key;
  if (of_job || label.contains(' ') || label.contains(id, Qt::CaseInsensitive)) return label;
  const bool is_term = param.path.starts_with("guidance.");
  return (is_term ? id.toUpper() : fromView(param.card->label)) + QChar(' ') + label.toLower();
}

QString symbolOf(const ParamSpec& spec) {
  struct Greek {
    const char* name;
    char16_t letter;
  };
  static constexpr std::array kGreek = {Greek{"alpha", u'α'},
                                        Greek{"beta", u'β'},
                                        Greek{"gamma", u'γ'},
                                        Greek{"lambda", u'λ'},
                                        Greek{"sigma", u'σ'},
                                        Greek{"tau", u'τ'}};
  const QStringList words = fromView(spec.label).toLower().split(' ', Qt::SkipEmptyParts);
  if (words.isEmpty()) return fromView(spec.key);
  for (const Greek& greek : kGreek) {
    if (words.last() == QLatin1String(greek.name)) return QString(QChar(greek.letter));
  }
  return words.last().left(spec.kind == ParamKind::Text || !spec.neutral ? -1 : 1);
}

ParamValue guidanceValue(const GenerationRequest& request, const ParamSpec& spec) {
  const auto found = request.guidance.find(spec.key);
  return found == request.guidance.end() ? spec.initial : found->second;
}

GenerationRequest comparable(const GenerationRequest& request, const Catalogue& catalogue) {
  GenerationRequest plain = request;
  plain.guidance.clear();
  for (const Card& card : catalogue.terms) {
    const bool active = isActive(card, request);
    for (const ParamSpec& spec : card.params) {
      const bool off = !active && spec.neutral.has_value();
      if (active || off) {
        plain.guidance[std::string(spec.key)] = off ? *spec.neutral : guidanceValue(request, spec);
      }
    }
  }
  return plain;
}

bool isActive(const Card& card, const GenerationRequest& request) {
  for (const ParamSpec& spec : card.params) {
    if (spec.neutral && guidanceValue(request, spec) == *spec.neutral) return false;
  }
  return true;
}

QString guidanceText(const GenerationRequest& request,
                     const Catalogue& catalogue,
                     const QString& otherwise) {
  QStringList parts;
  for (const Card& card : catalogue.terms) {
    if (card.kept_in_twin || !isActive(card, request)) continue;
    parts << fromView(card.id).toUpper() + QChar(' ') +
                 valuesOf(card, request).join(QStringLiteral(" · "));
  }
  return parts.isEmpty() ? otherwise : parts.join(QStringLiteral("   "));
}

QString shortGuidanceText(const GenerationRequest& request, const Catalogue& catalogue) {
  QStringList parts;
  for (const Card& card : catalogue.terms) {
    if (!card.kept_in_twin && isActive(card, request)) parts << valuesOf(card, request);
  }
  for (const Card& card : catalogue.terms) {
    if (!card.kept_in_twin || !isActive(card, request)) continue;
    for (const ParamSpec& spec : card.params) {
      if (spec.neutral)
        parts << fromView(card.id) + QChar(0x00A0) + valueText(spec, guidanceValue(request, spec));
    }
  }
  if (parts.isEmpty()) return QCoreApplication::translate("JobText", "unguided");
  return parts.join(QStringLiteral(" · "));
}

QString choiceText(const Catalogue& catalogue, std::string_view id) {
  for (const Card& card : catalogue.samplers) {
    if (card.id == id) return fromView(card.label);
  }
  QString text = fromView(id).replace('_', ' ');
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  return text;
}

QString asSentence(const std::string& text) {
  QString sentence = QString::fromStdString(text).trimmed();
  if (sentence.isEmpty()) return sentence;
  sentence[0] = sentence[0].toUpper();
  if (!sentence.endsWith(QLatin1Char('.'))) sentence += QLatin1Char('.');
  return sentence;
}

QString secondsText(double seconds) {
  if (seconds < 9.95)
    return QCoreApplication::translate("JobText", "%1 s")
        .arg(seconds, 0, 'f', seconds < 0.995 ? 2 : 1);
  if (seconds < 60) return QCoreApplication::translate("JobText", "%1 s").arg(std::lround(seconds));
  const long whole = std::lround(seconds);
  if (whole < 3600) {
    return QCoreApplication::translate("JobText", "%1 min %2 s")
        .arg(whole / 60)
        .arg(whole % 60, 2, 10, QChar('0'));
  }
  return QCoreApplication::translate("JobText", "%1 h %2 min")
      .arg(whole / 3600)
      .arg(whole % 3600 / 60, 2, 10, QChar('0'));
}

GenerationRequest firstJob(const Catalogue& catalogue) {
  GenerationRequest request;
  request.seed = kFirstSeed;
  request.steps = kFirstSteps;
  for (const Card& card : catalogue.terms) {
    for (const ParamSpec& spec : card.params) {
      const bool off = card.kept_in_twin && spec.neutral.has_value();
      request.guidance[std::string(spec.key)] = off ? *spec.neutral : spec.initial;
    }
  }
  return request;
}

}  // namespace studio::ui
