// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Every parameter of the job in the command palette: "blur sigma 2" sets it.
#include "ui/command_palette_params.h"

#include "ui/job_text.h"

#include <QCoreApplication>

#include <algorithm>

namespace studio::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("ParameterProvider", text); }

struct Named {
  FuzzyMatch match;
  QString value;        // what follows the name
  qsizetype words = 0;  // of the query that are the name
};

// The longest beginning of the query that names the parameter.
std::optional<Named> split(const QString& query, const QString& name) {
  const QStringList words = query.split(QChar(' '), Qt::SkipEmptyParts);
  for (qsizetype count = words.size(); count > 0; --count) {
    // "a" of "prompt a red apple" belongs to the text.
    if (count > 1 && words[count - 1].size() < 2) continue;
    const auto match = fuzzyMatch(words.mid(0, count).join(QChar(' ')), name);
    if (!match || match->weakest < kClearWord) continue;
    // The text after the name as it was typed, spaces inside it too.
    qsizetype at = 0;
    for (qsizetype i = 0; i < count; ++i) at = query.indexOf(words[i], at) + words[i].size();
    QString value = query.mid(at).trimmed();
    if (value.startsWith(QChar('=')) || value.startsWith(QChar(':')))
      value = value.mid(1).trimmed();
    return Named{*match, value, count};
  }
  return std::nullopt;
}

class Provider {
 public:
  Provider(const Catalogue& catalogue,
           CurrentRequest current,
           SetParameter set,
           SuggestValues suggest)
      : catalogue_(catalogue),
        params_(job_params(catalogue)),
        current_(std::move(current)),
        set_(std::move(set)),
        suggest_(std::move(suggest)) {}

  std::vector<PaletteItem> operator()(const QString& query) const {
    std::vector<PaletteItem> items;
    if (query.isEmpty()) return items;
    const GenerationRequest request = current_();
    std::vector<std::pair<const JobParam*, Named>> found;
    qsizetype most = 0;
    for (const JobParam& param : params_) {
      offerByChoice(param, query, items);
      const QString label = fromView(param.spec->label);
      const QString name = label + QChar(' ') + fromView(param.card->label) + QChar(' ') +
                           QString::fromStdString(param.path);
      const auto named = split(query, name);
      if (!named) continue;
      found.emplace_back(&param, *named);
      most = std::max(most, named->words);
    }
    // Who takes less of the query for its name would take another's name for its value.
    for (const auto& [param, named] : found) {
      if (named.words < most) continue;
      if (named.value.isEmpty()) {
        offer(*param, named, request, items);
      } else {
        assign(*param, named, request, items);
      }
    }
    return items;
  }

 private:
  PaletteItem itemFor(const JobParam& param, const Named& named, const QString& value) const {
    PaletteItem item;
    item.title = fromView(param.spec->label);
    for (const int hit : named.match.hits) {
      if (hit < item.title.size()) item.hits << hit;
    }
    if (!value.isEmpty()) item.title += QStringLiteral(" → ") + value;
    item.category = fromView(param.card->label);
    item.score = named.match.score;
    item.glyph = Glyph::Settings;
    return item;
  }

  // Only the name was typed: its value as it is, and what it may be.
  void offer(const JobParam& param,
             const Named& named,
             const GenerationRequest& request,
             std::vector<PaletteItem>& items) const {
    PaletteItem item = itemFor(param, named, {});
    const auto value = get(request, catalogue_, param.path);
    if (value && value.value()) {
      item.detail = shown(*param.spec, *value.value());
    } else if (!param.spec->absent_means.empty()) {
      item.detail = fromView(param.spec->absent_means);
    }
    item.completes = fromView(param.spec->label) + QChar(' ');
    items.push_back(item);
    offerChoices(param, named, {}, items);
  }

  // "euler": the value names itself.
  void offerByChoice(const JobParam& param,
                     const QString& query,
                     std::vector<PaletteItem>& items) const {
    for (const auto& [text, value] : valuesOf(param)) {
      const auto match = fuzzyMatch(query, text);
      if (!match || match->weakest < kClearWord) continue;
      PaletteItem item;
      item.title = fromView(param.spec->label) + QStringLiteral(" → ");
      for (const int hit : match->hits) item.hits << hit + static_cast<int>(item.title.size());
      item.title += text;
      item.category = fromView(param.card->label);
      item.score = match->score;
      item.glyph = Glyph::Settings;
      item.run = setter(param, value);
      items.push_back(std::move(item));
    }
  }

  // What a parameter can be chosen from, as it is read and as it is set.
  std::vector<std::pair<QString, ParamValue>> valuesOf(const JobParam& param) const {
    std::vector<std::pair<QString, ParamValue>> values;
    for (const std::string_view choice : param.spec->choices)
      values.emplace_back(choiceText(catalogue_, choice), ParamValue(std::string(choice)));
    if (!suggest_ || param.spec->kind != ParamKind::Text) return values;
    for (const QString& text : suggest_(param))
      values.emplace_back(text, ParamValue(text.toStdString()));
    return values;
  }

  void offerChoices(const JobParam& param,
                    const Named& named,
                    const QString& typed,
                    std::vector<PaletteItem>& items) const {
    const ParamSpec& spec = *param.spec;
    double below = 1;
    const auto add = [&](const QString& text, const std::optional<ParamValue>& value) {
      const auto match = fuzzyMatch(typed, text);
      if (!match) return;
      PaletteItem item = itemFor(param, named, text);
      item.score += typed.isEmpty() ? -(below += 0.1) : match->score * 0.1;
      item.run = setter(param, value);
      items.push_back(item);
    };
    if (spec.kind == ParamKind::Flag) {
      for (const bool on : {true, false}) add(valueText(spec, on), ParamValue(on));
    }
    for (const auto& [text, choice] : valuesOf(param)) add(text, choice);
    if (!spec.absent_means.empty()) add(fromView(spec.absent_means), std::nullopt);
  }

  void assign(const JobParam& param,
              const Named& named,
              const GenerationRequest& request,
              std::vector<PaletteItem>& items) const {
    QString text = named.value;
    text.replace(QChar(0x221E), QStringLiteral("inf"));
    auto value = parse_value(*param.spec, param.path, text.toStdString());
    if (value) {
      GenerationRequest tried = request;
      const auto done = set(tried, catalogue_, param.path, value.value());
      if (!done) value = done.error();
    }
    const std::size_t before = items.size();
    if (!value || param.spec->kind == ParamKind::Choice)
      offerChoices(param, named, named.value, items);
    if (items.size() > before) return;
    PaletteItem item =
        itemFor(param, named, value ? shown(*param.spec, value.value()) : named.value);
    item.score += 10;
    if (value) {
      item.detail = tr("Set");
      item.run = setter(param, value.value());
    } else {
      item.enabled = false;
      item.score -= 40;
      item.why = QString::fromStdString(value.error().message);
      if (!item.why.isEmpty()) item.why[0] = item.why[0].toUpper();
    }
    items.push_back(item);
  }

  QString shown(const ParamSpec& spec, const ParamValue& value) const {
    QString text = spec.kind == ParamKind::Choice
                       ? choiceText(catalogue_, std::get<std::string>(value))
                       : valueText(spec, value);
    text = text.simplified();
    if (text.isEmpty()) return tr("(empty)");
    return spec.unit.empty() ? text : text + QChar(' ') + fromView(spec.unit);
  }

  std::function<void()> setter(const JobParam& param,
                               const std::optional<ParamValue>& value) const {
    return [set = set_, param, value] { set(param, value); };
  }

  const Catalogue& catalogue_;
  std::vector<JobParam> params_;
  CurrentRequest current_;
  SetParameter set_;
  SuggestValues suggest_;
};

}  // namespace

PaletteProvider parameterProvider(const Catalogue& catalogue,
                                  CurrentRequest current,
                                  SetParameter set,
                                  SuggestValues suggest) {
  return Provider(catalogue, std::move(current), std::move(set), std::move(suggest));
}

}  // namespace studio::ui
