import { bodyPolicies } from '../stages/authorization/policies/policies.ts';
import { bind } from './stage-order.ts';
import { ownership } from '../stages/ownership/ownership.ts';
import { threats } from '../stages/threats/threats.ts';
import { visibleProperties } from '../stages/data/properties-response.ts';
import { sensitiveAnswers } from '../stages/data/detect/sensitive-answers.ts';
import { sanitiseRequest } from '../stages/sanitise/sanitise-request.ts';
import { sanitiseResponse } from '../stages/sanitise/sanitise-response.ts';
import { strayCiphertexts } from '../stages/data/encryption/stray-ciphertexts.ts';
import { writableProperties } from '../stages/data/properties-request.ts';
import { restoreLookups } from '../stages/data/encryption/restore-lookups.ts';
import { encryptLookups } from '../stages/data/encryption/encrypt-lookups.ts';
import { encryptFields } from '../stages/data/encryption/encrypt-fields.ts';
import type { AnswerStage, CompileContext, DataStage } from '../stages/stage.ts';
import type { Mode } from '../policy/policy.ts';
import type { Operation } from '../openapi/model.ts';
import type { PlannedAnswerStep, PlannedDataStep } from './plan.ts';

type BindData = (operation: Operation, context: CompileContext, mode: Mode) => PlannedDataStep | null;
type BindAnswer = (operation: Operation, context: CompileContext, mode: Mode) => PlannedAnswerStep | null;

export interface DataBinder {
  readonly rule: DataStage<unknown>['name'];
  readonly bind: BindData;
}

export interface AnswerBinder {
  readonly rule: AnswerStage<unknown>['name'];
  readonly bind: BindAnswer;
}

/** Makes a binder of a stage between body and upstream. */
export function bindData<Rule>(stage: DataStage<Rule>): DataBinder {
  return {
    rule: stage.name,
    bind(operation, context, mode) {
      if (mode === 'off') return null;
      const rule = stage.compile(operation, context);
      if (rule === null) return null;
      const observed = mode === 'observe' && stage.observe !== undefined ? { decide: stage.observe } : {};
      const step = bind({ ...stage, ...observed, compile: () => rule }).bind(operation, context, mode);
      if (step === null) return null;
      const { edit, asks, readsBody } = stage;
      return {
        ...step,
        readsBody: (exchange) => readsBody(rule, exchange),
        asks: asks === undefined ? null : (exchange) => asks(rule, exchange),
        edit: edit === undefined || mode === 'observe' ? null : (exchange) => edit(rule, exchange),
      };
    },
  };
}

/** Makes a binder of a stage between answer and reply. */
export function bindAnswer<Rule>(stage: AnswerStage<Rule>): AnswerBinder {
  return {
    rule: stage.name,
    bind(operation, context, mode) {
      if (mode === 'off') return null;
      const rule = stage.compile(operation, context);
      if (rule === null) return null;
      const { wants, edit, gather } = stage;
      const decide = mode === 'observe' ? (stage.observe ?? stage.decide) : stage.decide;
      return {
        rule: stage.name,
        mode,
        wants: (status, exchange, head) => wants(rule, status, exchange, head),
        // What is only observed changes nothing: nobody waits for it, and nothing is refused for its length.
        looksOnly: mode === 'observe' || stage.looksOnly?.(rule) === true,
        takesPieces: (status, exchange, head) => stage.takesPieces?.(rule, status, exchange, head) === true,
        mayMiss: stage.mayMiss?.(rule) ?? false,
        gather: gather === undefined ? null : (answer, exchange, ports) => gather(rule, answer, exchange, ports),
        decide: (answer, exchange) => decide(rule, answer, exchange),
        edit: edit === undefined || mode === 'observe' ? null : (answer, exchange) => edit(rule, answer, exchange),
        describe: () => stage.describe(rule),
      };
    },
  };
}

/** No mode switches it: a field that only is observed would be stored in clear. */
function alwaysEnforced(binder: DataBinder): DataBinder {
  return { rule: binder.rule, bind: (operation, context) => binder.bind(operation, context, 'enforce') };
}

/**
 * The order of the stages between the accepted body and the upstream. Lookups of encrypted fields come before anybody is asked whose an object is: that goes upstream. Threats are looked for in what is left when texts have been cleaned;
 * fields are encrypted last, when everything has looked at them.
 */
export const DATA_ORDER: readonly DataBinder[] = [
  bindData(bodyPolicies),
  alwaysEnforced(bindData(encryptLookups)),
  bindData(ownership),
  bindData(writableProperties),
  bindData(sanitiseRequest),
  bindData(threats),
  alwaysEnforced(bindData(encryptFields)),
];

/** The order of the stages between the upstream's answer and the reply: whose it is before what of it may be seen, and that before how it leaves. */
export const ANSWER_ORDER: readonly AnswerBinder[] = [
  bindAnswer(visibleProperties),
  {
    rule: restoreLookups.name,
    bind: (operation, context) => bindAnswer(restoreLookups).bind(operation, context, 'enforce'),
  },
  bindAnswer(sanitiseResponse),
  bindAnswer(strayCiphertexts),
  bindAnswer(sensitiveAnswers),
];
