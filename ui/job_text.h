// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: 2026 SEG Studio authors
// Short texts about jobs, made from the declarations of their parameters.
#pragma once

#include "core/api/request.h"

#include <QString>

#include <string_view>

namespace studio::ui {

QString fromView(std::string_view text);

// "2.5", "∞", "mid": a value as the window shows it.
QString valueText(const ParamSpec& spec, const ParamValue& value);
QString numberText(const ParamSpec& spec, double value);

// A parameter away from its card: "Scale" alone would not say whose. "SEG scale", "ControlNet scale".
QString paramName(const JobParam& param);

// "σ" for a label that names a Greek letter, else the first letter of its last word.
QString symbolOf(const ParamSpec& spec);

// Value of one guidance parameter, the declared one when the request is silent.
ParamValue guidanceValue(const GenerationRequest& request, const ParamSpec& spec);

// A card is active unless one of its parameters stands at the value at which the term does nothing.
bool isActive(const Card& card, const GenerationRequest& request);

// The same job with every guidance value written out and the settings of terms that are off put
// away: two jobs that make the same picture compare equal.
GenerationRequest comparable(const GenerationRequest& request, const Catalogue& catalogue);

// "SEG σ ∞ · s 3": the active guidance under study, or what `otherwise` says when there is none.
QString guidanceText(const GenerationRequest& request,
                     const Catalogue& catalogue,
                     const QString& otherwise);

// "σ ∞ · s 3 · cfg 4" for a gallery caption.
QString shortGuidanceText(const GenerationRequest& request, const Catalogue& catalogue);

// The label of a sampler card or a tidy form of the id itself.
QString choiceText(const Catalogue& catalogue, std::string_view id);

QString secondsText(double seconds);

// What the engine says in the middle of a line, as a sentence of its own: "the model ..." -> "The model ...."
QString asSentence(const std::string& text);

// The job a new user sees first: no prompt, only the guidance under study.
GenerationRequest firstJob(const Catalogue& catalogue);

}  // namespace studio::ui
