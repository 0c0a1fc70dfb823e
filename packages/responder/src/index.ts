export {
  type AnswerAbout,
  AnswerError,
  type AnswerErrorCode,
  type Answerer,
  type AnswerEvent,
  type AnswerUsage,
  type OfferedModel,
  type Question,
  type WrittenPart,
} from "./answer.ts"
