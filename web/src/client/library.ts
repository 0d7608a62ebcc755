/**
 * The library as a node serves it, in one file. Our own page imports `index` and loads what stands here besides only
 * when it is needed.
 */

export { DocumentSession, type DocumentSessionOptions } from "./document_session";
export * from "./index";
export { LinkSession, type LinkSessionEvents, type LinkSessionOptions } from "./link_session";
