/** What can go wrong, as errors. */

import type { Verdict } from "./verdict.js";

/** Something is wrong with the stand-in or with what it was given, not with the client under test. */
export class UnderstudyError extends Error {
  override name = "UnderstudyError";
}

/** The program is nowhere to be found. */
export class NotFound extends UnderstudyError {
  override name = "NotFound";
}

/** The stand-in could not be started, or it ended when it should not have. */
export class NotStarted extends UnderstudyError {
  override name = "NotStarted";
}

/** A scenario has mistakes. The message shows each with its line. */
export class WrongScenario extends UnderstudyError {
  override name = "WrongScenario";
}

/** The admin API refused a call. */
export class Refused extends UnderstudyError {
  override name = "Refused";

  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(`the stand-in answered ${status}: ${detail}`);
  }
}

/** The client broke the contract, or did not do what the scenarios expect. The message is the verdict. */
export class VerdictFailed extends Error {
  override name = "VerdictFailed";

  constructor(readonly verdict: Verdict) {
    super(verdict.text);
  }
}
